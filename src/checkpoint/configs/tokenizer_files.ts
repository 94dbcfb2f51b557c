/** The tokenizer that is published beside the weights: which file, and what it pads with. */
import { join } from "node:path";
import type { FileTokenizer } from "../state_dict.ts";
import { isJsonObject, type JsonObject, show } from "./config.ts";
import { readJsonFile } from "./json_file.ts";

/** What transformers write since 2020, whatever the kind. */
export const DEFAULT_TOKENIZER_FILE = "tokenizer.json";

const SETTINGS_FILE = "tokenizer_config.json";

/** Files in which tokenizers are published, those that say most of themselves first. */
const FILES = {
  "tokenizer.json": "tokenizer_json",
  "sentencepiece.bpe.model": "xlm_roberta",
  "spiece.model": "sentencepiece",
  "vocab.txt": "wordpiece_uncased",
} as const;

/** Every file that decides how texts become ids. */
export const TOKENIZER_FILES: readonly string[] = [...Object.keys(FILES), SETTINGS_FILE];

/** What the files beside the weights say of the tokenizer. */
export interface TokenizerSettings {
  /** Class in transformers, without `Fast`. */
  readonly className?: string;
  /** Id that texts are filled up with. */
  readonly padId?: number;
  /** On which side they are filled up, where that is stated. */
  readonly paddingSide?: unknown;
}

/** Reads `tokenizer_config.json`. @throws {ClipError} if it is no JSON */
export function readTokenizerSettings(folder: string): TokenizerSettings {
  const json = readJsonFile(join(folder, SETTINGS_FILE));
  if (json === undefined) return {};
  const className = json["tokenizer_class"];
  const padId = padIdOf(json);
  return {
    ...(typeof className === "string" ? { className: className.replace(/Fast$/, "") } : {}),
    ...(padId === undefined ? {} : { padId }),
    paddingSide: json["padding_side"] ?? undefined,
  };
}

/** What the settings ask for that is not done here: a line each. */
export function unsupportedSettings({ paddingSide }: TokenizerSettings): string[] {
  if (paddingSide === undefined || paddingSide === "right") return [];
  return [`${SETTINGS_FILE}: padding_side ${show(paddingSide)}: wanted 'right'`];
}

function padIdOf(json: JsonObject): number | undefined {
  const token = json["pad_token"];
  const pad = isJsonObject(token) ? token["content"] : token;
  const added = json["added_tokens_decoder"];
  if (typeof pad !== "string" || !isJsonObject(added)) return undefined;
  for (const [id, entry] of Object.entries(added)) {
    if (isJsonObject(entry) && entry["content"] === pad && /^\d{1,9}$/.test(id)) return Number(id);
  }
  return undefined;
}

/** The tokenizer with the file that is there, and that file's path. */
export interface ChosenTokenizer {
  readonly tokenizer: FileTokenizer;
  /** Absent where there is none. */
  readonly path?: string;
}

/**
 * Chooses among the files in `folder`: the stated one, or else the first of those that are known.
 */
export function chooseTokenizer(stated: FileTokenizer, folder: string): ChosenTokenizer {
  const names = [stated.file, ...Object.keys(FILES)];
  const file = names.find((name) => isFile(join(folder, name)));
  if (file === undefined) return { tokenizer: stated };
  const format = file === stated.file ? stated.format : FILES[file as keyof typeof FILES];
  const cased = format === "wordpiece_uncased" && saysCased(folder);
  return {
    tokenizer: { ...stated, file, format: cased ? "wordpiece_cased" : format },
    path: join(folder, file),
  };
}

/** Whether a vocabulary of WordPiece is one of texts as they are. */
function saysCased(folder: string): boolean {
  return readJsonFile(join(folder, SETTINGS_FILE))?.["do_lower_case"] === false;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
