/** The models of a `tokenizer.json`: parts of a text to ids. */
import { type Component, ComponentError, type JsonObject } from "./component.ts";
import { PairMerges } from "./pair_merges.ts";
import { type ScoredPiece, Unigram } from "./unigram.ts";
import { WordPiece } from "./word_piece.ts";

/** One model. */
export interface TokenModel {
  /** Adds the ids of a part. */
  encode(part: string, ids: number[]): void;
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
  const unknownId = part.count("unk_id");
  if (unknownId >= pieces.length) {
    throw new ComponentError(`${part.where}.unk_id`, `(${unknownId}) is not in the vocabulary`);
  }
  const tokens = pieces.map(([piece]) => piece);
  const byteIds = part.flag("byte_fallback", false)
    ? idsOfBytes(new Map(tokens.map((token, id) => [token, id])))
    : undefined;
  const model = new Unigram({ pieces, unknownId, float32: false, byteIds });
  return { encode: (text, ids) => model.encode(text, ids), tokens };
}

function bytePairs(part: Component): TokenModel {
  const vocabulary = readVocabulary(part);
  for (const key of ["dropout", "continuing_subword_prefix", "end_of_word_suffix"]) {
    const value = part.field(key);
    if (value !== undefined && value !== "") {
      throw new ComponentError(`${part.where}.${key}`, `(${JSON.stringify(value)}) is not read`);
    }
  }
  const merges = part.list("merges").map((merge, i): readonly [string, string] => {
    const pair = typeof merge === "string" ? merge.split(" ") : merge;
    if (
      Array.isArray(pair) && pair.length === 2 && pair.every((each) => typeof each === "string")
    ) {
      return pair as [string, string];
    }
    throw new ComponentError(`${part.where}.merges[${i}]`, "is not two tokens");
  });
  const unknown = part.field("unk_token");
  const model = new PairMerges({
    vocabulary,
    merges,
    unknownId: typeof unknown === "string" ? vocabulary.get(unknown) : undefined,
    fuseUnknown: part.flag("fuse_unk", false),
    byteIds: part.flag("byte_fallback", false) ? idsOfBytes(vocabulary) : undefined,
    ignoreMerges: part.flag("ignore_merges", false),
  });
  return { encode: (text, ids) => model.encode(text, ids), tokens: byId(vocabulary) };
}

function wordPiece(part: Component): TokenModel {
  const vocabulary = readVocabulary(part);
  const unknown = part.text("unk_token");
  const unknownId = vocabulary.get(unknown);
  if (unknownId === undefined) {
    throw new ComponentError(`${part.where}.unk_token`, `(${unknown}) is not in the vocabulary`);
  }
  const model = new WordPiece({
    vocabulary,
    unknownId,
    continuingPrefix: part.text("continuing_subword_prefix"),
    maxCharacters: part.count("max_input_chars_per_word"),
  });
  return { encode: (text, ids) => model.encode(text, ids), tokens: byId(vocabulary) };
}

function readVocabulary(part: Component): Map<string, number> {
  const json = part.field("vocab");
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new ComponentError(`${part.where}.vocab`, "is not an object of tokens and ids");
  }
  const vocabulary = new Map(Object.entries(json as JsonObject) as [string, number][]);
  for (const [token, id] of vocabulary) {
    if (!Number.isInteger(id) || id < 0 || id > MAX_ID) {
      throw new ComponentError(`${part.where}.vocab`, `has no id for ${JSON.stringify(token)}`);
    }
  }
  return vocabulary;
}

/** More rows than any token table has. */
const MAX_ID = 1 << 24;

function byId(vocabulary: ReadonlyMap<string, number>): (string | undefined)[] {
  const tokens: (string | undefined)[] = [];
  for (const [token, id] of vocabulary) tokens[id] = token;
  return tokens;
}

/** Ids of `<0x00>` to `<0xFF>`; undefined if one is missing. */
function idsOfBytes(vocabulary: ReadonlyMap<string, number>): number[] | undefined {
  const ids: number[] = [];
  for (let byte = 0; byte < 256; byte++) {
    const id = vocabulary.get(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
    if (id === undefined) return undefined;
    ids.push(id);
  }
  return ids;
}
