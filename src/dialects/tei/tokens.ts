/** `/tokenize` and `/decode` of text-embeddings-inference. */
import { JsonBytes } from "../../encoding/json_bytes.ts";
import { inSlices, type Sliced, Slices } from "../../encoding/slices.ts";
import { ClipError } from "../../errors.ts";
import type { TextTokenizer, TokenizedText } from "../../model/tokenizer/text_tokenizer.ts";
import { EmptyError } from "./refuse.ts";

/** Most tokens of an answer: each takes some sixty bytes of it. */
export const MAX_TOKENS = 131_072;

/** Units of work of a character that is tokenized, of a token that is written, of an id decoded. */
const CHARACTER_UNITS = 400;
const TOKEN_UNITS = 1500;
const ID_UNITS = 1000;

/** A text and its tokens. */
interface TextTokens {
  text: string;
  tokens: TokenizedText;
}

/**
 * The tokens of texts, as JSON.
 * @throws {ClipError} "invalid" if there are too many; as `TextTokenizer.tokenize`.
 */
export async function tokenizeJson(
  texts: readonly string[],
  addSpecialTokens: boolean,
  tokenizer: TextTokenizer,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const found: TextTokens[] = [];
  let left = MAX_TOKENS;
  const slices = new Slices();
  for (const text of texts) {
    const tokens = await tokenizer.tokenize(text, { addSpecialTokens, limit: left }, signal);
    left -= tokens.ids.length;
    if (tokens.more || left < 0) {
      throw new ClipError(
        "invalid",
        `The texts have more than ${MAX_TOKENS} tokens together: send fewer or shorter ones`,
      );
    }
    found.push({ text, tokens });
    if (slices.spent(CHARACTER_UNITS * text.length)) await slices.breathe();
    signal.throwIfAborted();
  }
  return await inSlices(function* (slices): Sliced<Uint8Array> {
    const json = new JsonBytes(1024 + 64 * (MAX_TOKENS - left));
    for (const [i, one] of found.entries()) {
      json.raw(i === 0 ? "[" : ",");
      yield* writeTokens(json, one, tokenizer, slices);
    }
    json.raw("]");
    return yield* json.finish(slices);
  }, signal);
}

/**
 * Writes the tokens of a text. As there `start` and `stop` count bytes of UTF-8, and `text` is what
 * stands between them (TEI, `core/src/tokenization.rs`, `into_tokens`); a token of some bytes of a
 * character has the whole of it.
 */
function* writeTokens(
  json: JsonBytes,
  { text, tokens: { ids, starts, ends } }: TextTokens,
  tokenizer: TextTokenizer,
  slices: Slices,
): Sliced<void> {
  const bytes = byteOffsets(text);
  json.raw("[");
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    const [start, end] = [starts[i]!, ends[i]!];
    const special = tokenizer.isSpecial(id);
    const token = special
      ? { id, text: tokenizer.spelling(id), special, start: null, stop: null }
      : { id, text: text.slice(start, end), special, start: bytes[start]!, stop: bytes[end]! };
    json.raw(`${i === 0 ? "" : ","}${JSON.stringify(token)}`);
    if (slices.spent(TOKEN_UNITS + token.text.length)) yield;
  }
  json.raw("]");
}

/** Bytes of UTF-8 before each UTF-16 unit of a text, and of all. */
function byteOffsets(text: string): Int32Array {
  const offsets = new Int32Array(text.length + 1);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // A pair is four bytes: two of them for each half.
    const paired = (unit & 0xf800) === 0xd800 && !isLone(text, i);
    offsets[i + 1] = offsets[i]! + (unit < 0x80 ? 1 : unit < 0x800 || paired ? 2 : 3);
  }
  return offsets;
}

/** Half of a pair without the other, which is written as U+FFFD. */
function isLone(text: string, at: number): boolean {
  const high = (text.charCodeAt(at) & 0xfc00) === 0xd800;
  const other = text.charCodeAt(high ? at + 1 : at - 1);
  return (other & 0xfc00) !== (high ? 0xdc00 : 0xd800);
}

/**
 * The texts of lists of ids.
 * @throws {ClipError} "invalid" for an id that the vocabulary lacks; as `EmptyError` for no ids.
 */
export async function decodeIds(
  lists: readonly (readonly number[])[],
  skipSpecialTokens: boolean,
  tokenizer: TextTokenizer,
): Promise<string[]> {
  const texts: string[] = [];
  const slices = new Slices();
  for (const ids of lists) {
    if (ids.length === 0) throw new EmptyError("ids");
    texts.push(tokenizer.decode(ids, { skipSpecialTokens }));
    if (slices.spent(ID_UNITS * ids.length)) await slices.breathe();
  }
  return texts;
}
