/** CLIP's tokens of a text with their places in it, and the way back; on the thread that calls. */

import { ClipError } from "../../errors.ts";
import { align } from "./alignment.ts";
import { cleanText } from "./clean.ts";
import type { TokenizedText, TokenizeOptions } from "./text_tokenizer.ts";
import { END_OF_TEXT, START_OF_TEXT, Tokenizer, type TokenizerOptions } from "./tokenizer.ts";
import { tokenLengths, tokenSpelling, writeToken } from "./vocabulary.ts";

/** Start-of-text and end-of-text. */
const ENDS = 2;

/**
 * What a `TextTokenizer` answers, for CLIP. One per thread, as `Tokenizer`, which the ids are of. All
 * throw a `ClipError` ("invalid") for tokens that are not in the vocabulary.
 */
export class ClipTokens {
  readonly #tokenizer: Tokenizer;

  /** Throws as `Tokenizer` does. */
  constructor(options: TokenizerOptions = {}) {
    this.#tokenizer = new Tokenizer(options);
  }

  /** As `TextTokenizer.tokenize`. */
  tokenize(text: string, { addSpecialTokens, limit = Infinity }: TokenizeOptions): TokenizedText {
    const clean = cleanText(text);
    const found = this.#tokens(clean, Math.max(0, limit - (addSpecialTokens ? ENDS : 0)));
    const { starts, ends } = align(text, clean);
    for (let i = 0; i < found.ids.length; i++) {
      // No token is empty, and the characters of a word are in order.
      found.starts[i] = starts[found.starts[i]!]!;
      found.ends[i] = ends[found.ends[i]! - 1]!;
    }
    return addSpecialTokens ? this.#withEnds(found) : found;
  }

  /** As `TextTokenizer.count`. */
  count(text: string, limit: number): number {
    return Math.min(limit, ENDS + this.#tokenizer.count(text, Math.max(1, limit - ENDS)));
  }

  /** As `TextTokenizer.keepLast`. */
  keepLast(text: string): string {
    const { contextLength } = this.#tokenizer;
    if (this.count(text, contextLength + 1) <= contextLength) return text;
    const clean = cleanText(text);
    const { ids, starts, ends } = this.#tokens(clean, Infinity);
    let from = ids.length - (contextLength - ENDS);
    // What is left of a character is no text.
    while (starts[from]! < ends[from - 1]!) from++;
    const rest = clean.slice(starts[from]);
    // No merge crosses the border of two tokens, so that what follows it has the same tokens alone;
    // but not where cleaning or splitting read the rest otherwise.
    const found = this.#tokens(cleanText(rest), contextLength).ids;
    if (sameIds(found, ids.subarray(from))) return rest;
    throw new ClipError(
      "invalid",
      "Cannot cut the beginning of the text off: what remains would be read otherwise. Cut its end " +
        "off, or send a shorter text",
    );
  }

  /** As `TextTokenizer.decode`. */
  decode(ids: ArrayLike<number>, { skipSpecialTokens }: { skipSpecialTokens: boolean }): string {
    const lengths = tokenLengths();
    let most = 0;
    for (let i = 0; i < ids.length; i++) {
      const id = this.#checked(ids[i]!);
      most += this.isSpecial(id) ? SPECIAL : lengths[id]! + 1;
    }
    const bytes = new Uint8Array(most);
    let at = 0;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      if (!this.isSpecial(id)) {
        const endsWord = writeToken(id, bytes, at);
        at += lengths[id]!;
        if (endsWord) bytes[at++] = SPACE;
      } else if (!skipSpecialTokens) {
        at += ENCODER.encodeInto(this.spelling(id), bytes.subarray(at)).written;
      }
    }
    return DECODER.decode(bytes.subarray(0, at)).trim();
  }

  /** As `TextTokenizer.spelling`. */
  spelling(id: number): string {
    this.#checked(id);
    if (id === this.#tokenizer.startOfText) return START_OF_TEXT;
    return id === this.#tokenizer.endOfText ? END_OF_TEXT : tokenSpelling(id);
  }

  /** As `TextTokenizer.isSpecial`. */
  isSpecial(id: number): boolean {
    return id === this.#tokenizer.startOfText || id === this.#tokenizer.endOfText;
  }

  /** At most `limit` tokens of a cleaned text, with the places that they have in it. */
  #tokens(clean: string, limit: number): TokenizedText {
    const ids: number[] = [];
    const starts: number[] = [];
    const ends: number[] = [];
    let more = false;
    this.#tokenizer.eachWord(clean, (word, count, wordStart, wordEnd) => {
      let at = wordStart;
      /** Bytes of tokens so far that are not of characters before `at`. */
      let bytes = 0;
      for (let i = 0; i < count; i++) {
        if (ids.length >= limit) {
          more = true;
          return false;
        }
        const id = word[i]!;
        ids.push(id);
        if (this.isSpecial(id)) {
          starts.push(wordStart);
          ends.push(wordEnd);
          continue;
        }
        bytes += tokenLengths()[id]!;
        starts.push(at);
        while (bytes > 0) {
          const width = utf8Length(clean.codePointAt(at)!);
          if (width > bytes) break;
          bytes -= width;
          at += width === 4 ? 2 : 1;
        }
        // Some bytes of a character are the whole of it.
        ends.push(bytes > 0 ? at + (clean.codePointAt(at)! > 0xffff ? 2 : 1) : at);
      }
      return true;
    });
    return {
      ids: Int32Array.from(ids),
      starts: Int32Array.from(starts),
      ends: Int32Array.from(ends),
      more,
    };
  }

  #withEnds({ ids, starts, ends, more }: TokenizedText): TokenizedText {
    const { startOfText, endOfText } = this.#tokenizer;
    return {
      ids: between(startOfText, ids, endOfText),
      starts: between(-1, starts, -1),
      ends: between(-1, ends, -1),
      more,
    };
  }

  #checked(id: number): number {
    const { vocabSize } = this.#tokenizer;
    if (Number.isInteger(id) && id >= 0 && id < vocabSize) return id;
    throw new ClipError(
      "invalid",
      `There is no token ${id}: ids of this model are whole numbers from 0 to ${vocabSize - 1}`,
    );
  }
}

/** Bytes of the longest of them. */
const SPECIAL = START_OF_TEXT.length;
const SPACE = 0x20;
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

function sameIds(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i]);
}

function between(first: number, values: Int32Array, last: number): Int32Array {
  const all = new Int32Array(values.length + 2);
  all[0] = first;
  all.set(values, 1);
  all[values.length + 1] = last;
  return all;
}

function utf8Length(code: number): number {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}
