/** The models of a `tokenizer.json`: parts of a text to ids. */
import { type Component, ComponentError, type JsonObject } from "./component.ts";
import { PairMerges } from "./pair_merges.ts";
import type { TokenOutput } from "./token_output.ts";
import { type ScoredPiece, Unigram } from "./unigram.ts";
import { WordPiece } from "./word_piece.ts";

/** One model. */
export interface TokenModel {
  /** Adds the tokens of a part; may stop where they are enough. */
  encode(part: string, out: TokenOutput): void;
  /** Tokens by their ids; a hole where there is none. */
  readonly tokens: readonly (string | undefined)[];
}

/** Makes it. @throws {ComponentError} it is not read. */
export function tokenModel(part: Component): TokenModel {
  const made = make(part);
  part.finish();
  return made;
}

function make(part: Component): TokenModel {
  // Older files do not say what they are.
  const type = part.field("type") ?? (Array.isArray(part.field("vocab")) ? "Unigram" : "BPE");
  switch (type) {
    case "Unigram":
      return unigram(part);
    case "BPE":
      return bytePairs(part);
    case "WordPiece":
      return wordPiece(part);
    default:
      throw part.unread();
  }
}

function unigram(part: Component): TokenModel {
  const pieces = part.list("vocab") as ScoredPiece[];
  const right = (piece: unknown) =>
    Array.isArray(piece) && typeof piece[0] === "string" && typeof piece[1] === "number";
  if (pieces.length === 0 || !pieces.every(right)) {
    throw new ComponentError(`${part.where}.vocab`, "is not a list of pieces and scores");
  }
  checkCount(pieces.length, `${part.where}.vocab`);
  const unknownId = part.count("unk_id");
  if (unknownId >= pieces.length) {
    throw new ComponentError(`${part.where}.unk_id`, `(${unknownId}) is not in the vocabulary`);
  }
  const tokens = pieces.map(([piece]) => piece);
  const byteIds = part.flag("byte_fallback", false)
    ? idsOfBytes(new Map(tokens.map((token, id) => [token, id])))
    : undefined;
  const model = new Unigram({ pieces, unknownId, float32: false, byteIds });
  return { encode: (text, out) => model.encode(text, out), tokens };
}

function bytePairs(part: Component): TokenModel {
  const vocabulary = readVocabulary(part);
  for (const key of ["dropout", "continuing_subword_prefix", "end_of_word_suffix"]) {
    const value = part.field(key);
    if (value !== undefined && value !== "") {
      throw new ComponentError(`${part.where}.${key}`, `(${JSON.stringify(value)}) is not read`);
    }
  }
  const list = part.list("merges");
  checkCount(list.length, `${part.where}.merges`);
  const merges = list.map((merge, i): readonly [string, string] => {
    const pair = typeof merge === "string" ? merge.split(" ") : merge;
    if (
      Array.isArray(pair) && pair.length === 2 &&
      typeof pair[0] === "string" && typeof pair[1] === "string"
    ) {
      return pair as [string, string];
    }
    throw new ComponentError(`${part.where}.merges[${i}]`, "is not two tokens");
  });
  const unknown = part.text("unk_token", "");
  const unknownId = vocabulary.get(unknown);
  if (unknown !== "" && unknownId === undefined) throw noUnknown(part, unknown);
  const model = new PairMerges({
    vocabulary,
    merges,
    unknownId,
    fuseUnknown: part.flag("fuse_unk", false),
    byteIds: part.flag("byte_fallback", false) ? idsOfBytes(vocabulary) : undefined,
    ignoreMerges: part.flag("ignore_merges", false),
  });
  return { encode: (text, out) => model.encode(text, out), tokens: byId(vocabulary) };
}

function noUnknown(part: Component, token: string): ComponentError {
  return new ComponentError(`${part.where}.unk_token`, `(${token}) is not in the vocabulary`);
}

function wordPiece(part: Component): TokenModel {
  const vocabulary = readVocabulary(part);
  const unknown = part.text("unk_token");
  const unknownId = vocabulary.get(unknown);
  if (unknownId === undefined) throw noUnknown(part, unknown);
  const model = new WordPiece({
    vocabulary,
    unknownId,
    continuingPrefix: part.text("continuing_subword_prefix"),
    maxCharacters: part.count("max_input_chars_per_word"),
  });
  return { encode: (text, out) => model.encode(text, out), tokens: byId(vocabulary) };
}

function readVocabulary(part: Component): Map<string, number> {
  const json = part.field("vocab");
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new ComponentError(`${part.where}.vocab`, "is not an object of tokens and ids");
  }
  const vocabulary = new Map<string, number>();
  for (const token in json) {
    const id = (json as JsonObject)[token];
    if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id >= MAX_TOKENS) {
      throw new ComponentError(`${part.where}.vocab`, `has no id for ${JSON.stringify(token)}`);
    }
    vocabulary.set(token, id);
  }
  checkCount(vocabulary.size, `${part.where}.vocab`);
  return vocabulary;
}

/** More than any published vocabulary has tokens (XLM-V: 901,629), or merges. */
export const MAX_TOKENS = 1 << 21;

function checkCount(count: number, where: string): void {
  if (count <= MAX_TOKENS) return;
  throw new ComponentError(where, `has ${count} entries: more than ${MAX_TOKENS} are not read`);
}

function byId(vocabulary: ReadonlyMap<string, number>): (string | undefined)[] {
  let most = 0;
  for (const id of vocabulary.values()) most = Math.max(most, id + 1);
  const tokens: (string | undefined)[] = new Array(most).fill(undefined);
  for (const [token, id] of vocabulary) tokens[id] = token;
  return tokens;
}

/** Ids of `<0x00>` to `<0xFF>`, those that there are. */
function idsOfBytes(vocabulary: ReadonlyMap<string, number>): (number | undefined)[] {
  return Array.from(
    { length: 256 },
    (_, byte) => vocabulary.get(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`),
  );
}
