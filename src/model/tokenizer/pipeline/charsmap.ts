/**
 * SentencePiece's compiled normalisation: a double-array trie of UTF-8 (darts-clone) with the texts
 * that its keys become (sentencepiece, `normalizer.cc`; huggingface/spm_precompiled 0.1.4).
 */
import { decodeBase64 } from "../../../encoding/base64.ts";
import { ClipError } from "../../../errors.ts";
import { unitsOf, utf8 } from "./characters.ts";

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
const LABEL_MASK = (1 << 31) | 0xff;

/** Longest group of characters, in bytes of UTF-8, that is looked up as one. */
const MAX_GROUP_BYTES = 6;
/**
 * Characters that may be one group with another in so few bytes: those that extend what is before
 * them or go before something (Unicode's Grapheme_Cluster_Break).
 */
const GROUPS = new RegExp(
  "\\r\\n|[\\p{M}\\u200c\\u200d\\u0e33\\u0eb3\\uff9e\\uff9f\\u{1f3fb}-\\u{1f3ff}" +
    "\\u{e0020}-\\u{e007f}\\u0600-\\u0605\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u0d4e\\u{110bd}" +
    "\\u{110cd}\\u{111c2}\\u{111c3}\\u{1193f}\\u{11941}\\u{11a3a}\\u{11a84}-\\u{11a89}" +
    "\\u{11d46}\\u{11f02}]",
  "u",
);

const SEGMENTER = new Intl.Segmenter("en", { granularity: "grapheme" });

/** What a text becomes at a place, and how many UTF-16 units of it. */
export interface CharsmapMatch {
  length: number;
  text: string;
}

/** Characters of a text that are looked at for the longest key: none is nearly as long. */
const MAX_KEY_LENGTH = 64;

/** The map of one model. */
export class Charsmap {
  readonly #units: Int32Array;
  /** What keys become, each ended by a zero byte. */
  readonly #texts: Uint8Array;
  readonly #known = new Map<string, string | undefined>();
  /** Of characters that stand side by side: whether a key begins with them. */
  readonly #pairs = new Map<number, boolean>();

  /** @throws {ClipError} "model": its sizes do not fit. */
  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const size = bytes.length >= 4 ? view.getUint32(0, true) : -1;
    if (size < 4 || size % 4 !== 0 || 4 + size > bytes.length) {
      throw new ClipError("model", "The tokenizer's character map is broken: its sizes do not fit");
    }
    this.#units = new Int32Array(size / 4);
    for (let i = 0; i < this.#units.length; i++) {
      this.#units[i] = view.getInt32(4 + 4 * i, true);
    }
    this.#texts = bytes.slice(4 + size);
  }

  /** From the base64 of a `tokenizer.json`. @throws {ClipError} "model" as the constructor. */
  static fromBase64(text: string): Charsmap {
    return new Charsmap(decodeBase64(text));
  }

  /**
   * A text as the library `tokenizers` has it: groups of a few bytes are looked up as one, then each
   * character. Of several keys that a group begins with the shortest counts, whatever is behind it.
   */
  byGroups(text: string): string {
    if (!GROUPS.test(text)) return this.#byCharacters(text);
    let out = "";
    for (const { segment } of SEGMENTER.segment(text)) {
      const whole = segment.length < MAX_GROUP_BYTES && utf8(segment).length < MAX_GROUP_BYTES
        ? this.#shortest(segment)
        : undefined;
      out += whole ?? this.#byCharacters(segment);
    }
    return out;
  }

  /**
   * What the longest key at a place of a text becomes, as SentencePiece itself looks it up; the
   * character there if there is none.
   */
  longest(text: string, at: number): CharsmapMatch {
    const first = text.codePointAt(at)!;
    const length = unitsOf(first);
    if (at + length < text.length && this.#goesOn(first, text.codePointAt(at + length)!)) {
      const found = this.#longest(text.slice(at, at + MAX_KEY_LENGTH));
      if (found) return found;
    }
    const character = text.slice(at, at + length);
    return { length, text: this.#shortest(character) ?? character };
  }

  /** Whether a key has two characters at its beginning. */
  #goesOn(first: number, second: number): boolean {
    const pair = first * 0x110000 + second;
    let goesOn = this.#pairs.get(pair);
    if (goesOn === undefined) {
      goesOn = this.#search(utf8(String.fromCodePoint(first, second)), () => true);
      if (this.#pairs.size < MAX_KNOWN) this.#pairs.set(pair, goesOn);
    }
    return goesOn;
  }

  #longest(text: string): CharsmapMatch | undefined {
    const bytes = utf8(text);
    let match: { length: number; value: number } | undefined;
    this.#search(bytes, (length, value) => {
      match = { length, value };
      return true;
    });
    return match && {
      length: DECODER.decode(bytes.subarray(0, match.length)).length,
      text: this.#textAt(match.value),
    };
  }

  #byCharacters(text: string): string {
    let out = "";
    for (const character of text) out += this.#shortest(character) ?? character;
    return out;
  }

  #shortest(text: string): string | undefined {
    if (this.#known.has(text)) return this.#known.get(text);
    let found: string | undefined;
    this.#search(utf8(text), (_length, value) => {
      found = this.#textAt(value);
      return false;
    });
    if (this.#known.size < MAX_KNOWN) this.#known.set(text, found);
    return found;
  }

  /**
   * Gives the keys that the bytes begin with, the shortest first, until `take` wants no more.
   * @returns whether a key has all of the bytes at its beginning.
   */
  #search(bytes: Uint8Array, take: (length: number, value: number) => boolean): boolean {
    const units = this.#units;
    let at = offsetOf(units[0]!);
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]!;
      at ^= byte;
      const unit = units[at];
      if (byte === 0 || unit === undefined || (unit & LABEL_MASK) !== byte) return false;
      at ^= offsetOf(unit);
      const leaf = units[at];
      if (leaf === undefined) return false;
      if ((unit >>> 8) & 1 && !take(i + 1, leaf & 0x7fffffff)) return false;
    }
    return true;
  }

  #textAt(start: number): string {
    const end = this.#texts.indexOf(0, start);
    return DECODER.decode(this.#texts.subarray(start, end < 0 ? this.#texts.length : end));
  }
}

/** Characters whose text is remembered. */
const MAX_KNOWN = 10_000;

function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
}
