/** `/tokenize` and `/decode` of text-embeddings-inference. */
import type { JsonBytes } from "../../encoding/json_bytes.ts";
import { type Sliced, Slices } from "../../encoding/slices.ts";
import { ClipError } from "../../errors.ts";
import type { HttpAnswer } from "../../exchange/http.ts";
import type { TextTokenizer, TokenizedText } from "../../model/tokenizer/text_tokenizer.ts";
import { eachText } from "../reading/each_text.ts";
import { writtenAnswer } from "../writing/written_answer.ts";
import { EmptyError } from "./refuse.ts";

/** Most tokens of an answer, and bytes of it that one takes, about. */
const MAX_TOKENS = 131_072;
const TOKEN_BYTES = 64;
/**
 * Most characters that all tokens stand for together. Each of those that a repaired part of a text has
 * become stands for the whole part: of a long one the answer would be many times what was sent.
 */
const MAX_PIECES = 1 << 23;

/** Units of work of a token that is written, and of an id that is decoded. */
const TOKEN_UNITS = 1500;
const ID_UNITS = 1000;
/** Characters whose bytes are counted without a pause. */
const COUNTED_AT_ONCE = 1 << 14;

/** A text and its tokens. */
interface TextTokens {
  text: string;
  tokens: TokenizedText;
}

/**
 * The tokens of texts.
 * @throws {ClipError} "invalid" if there are too many, or they stand for too much; as
 * `TextTokenizer.tokenize`.
 */
export async function tokensAnswer(
  texts: readonly string[],
  addSpecialTokens: boolean,
  tokenizer: TextTokenizer,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const found: TextTokens[] = [];
  let left = MAX_TOKENS;
  let pieces = 0;
  await eachText(texts, async (text) => {
    const tokens = await tokenizer.tokenize(text, { addSpecialTokens, limit: left }, signal);
    left -= tokens.ids.length;
    if (tokens.more || left < 0) {
      throw new ClipError(
        "invalid",
        `The texts have more than ${MAX_TOKENS} tokens together: send fewer or shorter ones`,
      );
    }
    pieces += unitsOf(tokens);
    if (pieces > MAX_PIECES) {
      throw new ClipError(
        "invalid",
        "The tokens stand for parts of the texts that are too long together, as much of the texts " +
          "had to be repaired before: send fewer or shorter ones",
      );
    }
    found.push({ text, tokens });
  }, signal);
  return await writtenAnswer(
    1024 + TOKEN_BYTES * (MAX_TOKENS - left),
    function* (json, slices) {
      for (const [i, one] of found.entries()) {
        json.raw(i === 0 ? "[" : ",");
        yield* writeTokens(json, one, tokenizer, slices);
      }
      json.raw("]");
    },
    signal,
  );
}

/** UTF-16 units that tokens stand for, all together. */
function unitsOf({ starts, ends }: TokenizedText): number {
  let units = 0;
  for (let i = 0; i < starts.length; i++) units += ends[i]! - starts[i]!;
  return units;
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
  const bytes = yield* byteOffsets(text, slices);
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
function* byteOffsets(text: string, slices: Slices): Sliced<Int32Array> {
  const offsets = new Int32Array(text.length + 1);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // A pair is four bytes: two of them for each half.
    const paired = (unit & 0xf800) === 0xd800 && !isLone(text, i);
    offsets[i + 1] = offsets[i]! + (unit < 0x80 ? 1 : unit < 0x800 || paired ? 2 : 3);
    if (i % COUNTED_AT_ONCE === 0 && slices.spent(COUNTED_AT_ONCE)) yield;
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
