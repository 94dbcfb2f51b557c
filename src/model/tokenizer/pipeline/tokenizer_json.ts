/** `tokenizer.json`, as the library `tokenizers` writes it. */
import type { AddedToken } from "./added_tokens.ts";
import { Component, ComponentError } from "./component.ts";
import { decoder } from "./decoders.ts";
import { normalizer } from "./normalizers.ts";
import { Pipeline, type Template } from "./pipeline.ts";
import { type Splitter, splitter } from "./splitters.ts";
import { MAX_TOKENS, tokenModel } from "./token_model.ts";

/**
 * Reads one. How texts are cut and padded is not the file's to say here: the model's context is.
 * @throws {ComponentError} a part of it is not read: it is named.
 */
export function readTokenizerJson(json: unknown): Pipeline {
  const file = new Component(json, "tokenizer");
  for (const key of ["version", "truncation", "padding"]) file.field(key);
  const added = addedTokens(file);
  const normalize = optional(file, "normalizer", normalizer) ?? ((text) => text);
  const split: Splitter = optional(file, "pre_tokenizer", splitter) ??
    ((text, _first, take) => take(text, 0));
  // There it depends on what the library makes of places before which characters were removed.
  if (
    has(file.field("pre_tokenizer"), "prepend_scheme", "first") &&
    has(file.field("normalizer"), "type", "Precompiled")
  ) {
    const where = `${file.where}.pre_tokenizer.prepend_scheme`;
    throw new ComponentError(where, "(first) is not read behind a Precompiled normalizer");
  }
  const model = tokenModel(file.part("model"));
  const template = optional(file, "post_processor", templateOf) ?? { before: [], behind: [] };
  const decode = decoder(file.field("decoder") === undefined ? undefined : file.part("decoder"));
  file.finish();
  return new Pipeline({ normalize, split, model, added, template, decode });
}

/** More than any tokenizer has: each text is searched for them. */
const MAX_ADDED = 10_000;

function addedTokens(file: Component): AddedToken[] {
  const where = `${file.where}.added_tokens`;
  if (file.field("added_tokens") === undefined) return [];
  const count = file.list("added_tokens").length;
  if (count > MAX_ADDED) {
    throw new ComponentError(where, `has ${count} entries: more than ${MAX_ADDED} are not read`);
  }
  return file.parts("added_tokens").map((part) => {
    const token = addedToken(part);
    if (token.id < MAX_TOKENS) return token;
    throw new ComponentError(`${part.where}.id`, `(${token.id}) is larger than any vocabulary`);
  });
}

/** Whether a part, or one inside of it, has a field of this value. Parts are not deep: they were read. */
function has(part: unknown, key: string, value: string): boolean {
  if (typeof part !== "object" || part === null) return false;
  return Object.entries(part).some(([name, field]) =>
    name === key ? field === value : has(field, key, value)
  );
}

function optional<T>(file: Component, key: string, read: (part: Component) => T): T | undefined {
  return file.field(key) === undefined ? undefined : read(file.part(key));
}

function addedToken(part: Component): AddedToken {
  const token = {
    id: part.count("id"),
    content: part.text("content"),
    special: part.flag("special", false),
    normalized: part.flag("normalized", false),
    lstrip: part.flag("lstrip", false),
    rstrip: part.flag("rstrip", false),
    singleWord: part.flag("single_word", false),
  };
  part.finish();
  return token;
}

function templateOf(part: Component): Template {
  switch (part.type) {
    case "TemplateProcessing":
      return ofTemplate(part);
    case "RobertaProcessing":
    case "BertProcessing": {
      const id = (key: string) => {
        const [, value] = part.list(key);
        if (!isId(value)) throw new ComponentError(`${part.where}.${key}`, "has no id");
        return value;
      };
      for (const key of ["trim_offsets", "add_prefix_space"]) part.field(key);
      return { before: [id("cls")], behind: [id("sep")] };
    }
    case "ByteLevel":
      return { before: [], behind: [] };
    default:
      throw part.unread();
  }
}

function ofTemplate(part: Component): Template {
  const specials = part.field("special_tokens") as Record<string, { ids?: unknown }> | undefined;
  const before: number[] = [];
  const behind: number[] = [];
  let ids = before;
  for (const piece of part.list("single") as (Record<string, { id?: string }> | null)[]) {
    const special = piece?.["SpecialToken"]?.id;
    if (special !== undefined) {
      const own = specials?.[special]?.ids;
      if (!Array.isArray(own) || !own.every(isId)) {
        throw new ComponentError(`${part.where}.special_tokens`, `has no ids for ${special}`);
      }
      ids.push(...own);
    } else if (piece?.["Sequence"]?.id === "A" && ids === before) ids = behind;
    else throw new ComponentError(`${part.where}.single`, `(${JSON.stringify(piece)}) is not read`);
  }
  part.field("pair");
  return { before, behind };
}

function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < MAX_TOKENS;
}
