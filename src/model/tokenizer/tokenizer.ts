/**
 * CLIP's tokenizer: `SimpleTokenizer` and `tokenize(texts, truncate=True)` of openai/CLIP (MIT,
 * https://github.com/openai/CLIP), id for id, `ftfy.fix_text` included.
 */

import { ClipError } from "../../errors.ts";
import { encodeWord, encodeWordStart } from "./bpe.ts";
import { cleanText } from "./clean.ts";
import { cleanPieces } from "./clean_pieces.ts";
import { CLIP_VOCAB_SIZE, clipMerges, LONGEST_TOKEN, type MergeTable } from "./merges.ts";
import { nextWord, type WordSpan } from "./split.ts";
import { MAX_CACHED_WORD, WordCache } from "./word_cache.ts";

/** CLIP's context length: ids per text, start-of-text and end-of-text included. */
export const CLIP_CONTEXT_LENGTH = 77;

/** What the model's text tower takes. */
export interface TokenizerOptions {
  /** Ids per text, start-of-text and end-of-text included (at least 2). Default 77. */
  contextLength?: number;
  /**
   * Rows of the token embedding; start-of-text is `vocabSize - 2` and end-of-text `vocabSize - 1`.
   * Default 49408. A smaller one cannot take every text: see `encodeInto`.
   */
  vocabSize?: number;
}

/** How the vocabulary spells the token that begins a text. */
export const START_OF_TEXT = "<|startoftext|>";
/** How the vocabulary spells the token that ends a text. */
export const END_OF_TEXT = "<|endoftext|>";

/** Longer texts are cleaned only as far as their ids are wanted. */
const LONG_TEXT = 8192;
/** What a word may be that is not of one class: it is known only when so much more is there. */
const LONGEST_FIXED_WORD = START_OF_TEXT.length;

/**
 * Text to token ids. One per thread: it has scratch space and a word cache, and shares the merge
 * table of the thread, which the first one loads.
 *
 * Equal to the original for characters assigned in Unicode 14; newer ones follow the runtime's
 * Unicode tables. Takes any string: lone surrogates count as U+FFFD.
 */
export class Tokenizer {
  /** Ids per text. */
  readonly contextLength: number;
  /** Rows of the token embedding. */
  readonly vocabSize: number;
  /** Id that begins every text. */
  readonly startOfText: number;
  /** Id that ends every text: the highest of the vocabulary. */
  readonly endOfText: number;

  readonly #merges: MergeTable;
  readonly #cache = new WordCache();
  readonly #span: WordSpan = { start: 0, end: 0 };
  #bytes = new Uint8Array(256);
  #ids = new Int32Array(256);

  /** Throws a `ClipError` ("model") where the options do not describe a CLIP text tower. */
  constructor(options: TokenizerOptions = {}) {
    this.contextLength = options.contextLength ?? CLIP_CONTEXT_LENGTH;
    this.vocabSize = options.vocabSize ?? CLIP_VOCAB_SIZE;
    check("context length", this.contextLength, 2, 65_536);
    check("vocabulary size", this.vocabSize, 2, CLIP_VOCAB_SIZE);
    this.startOfText = this.vocabSize - 2;
    this.endOfText = this.vocabSize - 1;
    this.#merges = clipMerges();
  }

  /**
   * Writes the ids of `text` to `out[offset .. offset + contextLength)`: start-of-text, the text (cut
   * where it is too long), end-of-text, zeros. `out` may be a view of shared memory.
   *
   * Gives the number of leading ids that matter: the position of the first end-of-text + 1 (the text
   * tower is causal and pools there). A text that holds "<|endoftext|>" has it in the middle.
   *
   * Throws a `ClipError` ("invalid") where a token does not fit `vocabSize`; a `RangeError` where
   * `out` is too short.
   */
  encodeInto(text: string, out: Int32Array, offset = 0): number {
    const end = offset + this.contextLength;
    if (offset < 0 || end > out.length) {
      throw new RangeError(
        `Cannot write ${this.contextLength} ids at ${offset}: the array holds ${out.length}`,
      );
    }
    out[offset] = this.startOfText;
    const last = end - 1;
    let at = offset + 1;
    let matters = 0;
    this.#eachWanted(text, this.contextLength, (ids, count) => {
      for (let i = 0; i < count && at < last; i++) {
        const id = out[at++] = ids[i]!;
        if (id === this.endOfText && matters === 0) matters = at - offset;
      }
      return at < last;
    });
    out[at++] = this.endOfText;
    if (matters === 0) matters = at - offset;
    out.fill(0, at, end);
    return matters;
  }

  /**
   * Every id of `text`, without start-of-text and end-of-text and without a cut: `encode` of the
   * original. Throws as `encodeInto` does.
   */
  encode(text: string): number[] {
    const all: number[] = [];
    this.eachWord(cleanText(text), (ids, count) => {
      for (let i = 0; i < count; i++) all.push(ids[i]!);
      return true;
    });
    return all;
  }

  /**
   * How many ids `text` has, without start-of-text and end-of-text; `limit` if it has as many or
   * more. Looks at no more of a long text than it takes to tell. Throws as `encodeInto` does.
   */
  count(text: string, limit: number): number {
    let all = 0;
    this.#eachWanted(text, limit, (_ids, count) => (all += count) < limit);
    return Math.min(all, limit);
  }

  /**
   * Gives the ids of each word of a text that `cleanText` has made (in scratch space: `ids[0..count)`),
   * and where in it the word is (UTF-16, the end exclusive), until `take` wants no more. Throws as
   * `encodeInto` does.
   */
  eachWord(
    clean: string,
    take: (ids: Int32Array, count: number, start: number, end: number) => boolean,
  ): void {
    const span = this.#span;
    span.end = 0;
    while (nextWord(clean, span.end, span)) {
      const count = this.#wordIds(clean.slice(span.start, span.end));
      if (!take(this.#ids, count, span.start, span.end)) return;
    }
  }

  /** Gives the ids of each word of a text of which no more than so many `wanted` are taken. */
  #eachWanted(
    text: string,
    wanted: number,
    take: (ids: Int32Array, count: number) => boolean,
  ): void {
    if (text.length > LONG_TEXT) this.#eachFirstWord(text, wanted, take);
    else this.eachWord(cleanText(text), take);
  }

  /**
   * As `eachWord`, for one that takes at most so many ids: cleans no more than what they are made of,
   * and of a word that is longer gives no more.
   */
  #eachFirstWord(
    text: string,
    wanted: number,
    take: (ids: Int32Array, count: number) => boolean,
  ): void {
    const pieces = cleanPieces(text);
    const span = this.#span;
    let most = LONGEST_TOKEN * (wanted + 1);
    let clean = "";
    let at = 0;
    for (let more = true;;) {
      const found = nextWord(clean, at, span, most);
      if (!found) span.start = span.end = clean.length;
      const long = span.end - span.start >= most;
      if (more && !long && clean.length - span.end < LONGEST_FIXED_WORD) {
        const { value, done } = pieces.next();
        if (done) more = false;
        else {
          clean = clean.slice(span.start) + value;
          at = 0;
        }
        continue;
      }
      if (!found) return;
      const word = clean.slice(span.start, span.end);
      if (!long) {
        const count = this.#wordIds(word);
        if (!take(this.#ids, count)) return;
        at = span.end;
      } else if (this.#firstIds(word, wanted)) {
        take(this.#ids, wanted);
        return;
      } else {
        at = span.start;
        most *= 2;
      }
    }
  }

  /** Puts the first ids of a word that begins with `start` into `#ids`, if that is enough to tell. */
  #firstIds(start: string, wanted: number): boolean {
    const written = this.#utf8(start);
    if (!encodeWordStart(this.#bytes, written, wanted, this.#merges, this.#ids)) return false;
    this.#checkVocabulary(start, wanted);
    return true;
  }

  /** Puts the UTF-8 of `word` into `#bytes`, makes room in `#ids`, and gives the number of bytes. */
  #utf8(word: string): number {
    if (this.#bytes.length < word.length * 3) {
      this.#bytes = new Uint8Array(word.length * 3);
      this.#ids = new Int32Array(word.length * 3);
    }
    return encoder.encodeInto(word, this.#bytes).written;
  }

  /** Puts the ids of `word` into `#ids` and gives their number. */
  #wordIds(word: string): number {
    const known = word.length <= MAX_CACHED_WORD ? this.#cache.read(word, this.#ids, 0) : 0;
    if (known > 0) return known;
    if (word === START_OF_TEXT || word === END_OF_TEXT) {
      this.#ids[0] = word === START_OF_TEXT ? this.startOfText : this.endOfText;
      return 1;
    }
    const written = this.#utf8(word);
    const count = encodeWord(this.#bytes, written, this.#merges, this.#ids);
    this.#checkVocabulary(word, count);
    this.#cache.write(word, this.#ids, 0, count);
    return count;
  }

  #checkVocabulary(word: string, count: number): void {
    if (this.vocabSize === CLIP_VOCAB_SIZE) return;
    for (let i = 0; i < count; i++) {
      const id = this.#ids[i]!;
      if (id < this.startOfText) continue;
      throw new ClipError(
        "invalid",
        `Cannot embed the word ${JSON.stringify(word.slice(0, 40))}: its token ${id} is not in ` +
          `this model's vocabulary of ${this.vocabSize}`,
      );
    }
  }
}

const encoder = new TextEncoder();

function check(what: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new ClipError(
    "model",
    `Cannot tokenize for a ${what} of ${value}: expected a whole number from ${min} to ${max}`,
  );
}
