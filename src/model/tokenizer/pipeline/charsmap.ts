/**
 * SentencePiece's compiled normalisation: a double-array trie of UTF-8 (darts-clone) with the texts
 * that its keys become (sentencepiece, `normalizer.cc`; huggingface/spm_precompiled 0.1.4).
 */
import { decodeBase64 } from "../../../encoding/base64.ts";
import { ClipError } from "../../../errors.ts";

const ENCODER = new TextEncoder();
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

/** A key that was found: how much it takes and what it becomes. */
export interface CharsmapMatch {
  /** Bytes. */
  length: number;
  text: string;
}

/** The map of one model. */
export class Charsmap {
  readonly #units: Int32Array;
  /** What keys become, each ended by a zero byte. */
  readonly #texts: Uint8Array;
  readonly #known = new Map<string, string | undefined>();
  #scratch = new Uint8Array(64);

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
      const whole = segment.length < MAX_GROUP_BYTES && utf8Length(segment) < MAX_GROUP_BYTES
        ? this.#shortest(segment)
        : undefined;
      out += whole ?? this.#byCharacters(segment);
    }
    return out;
  }

  /**
   * The longest key that the bytes have at a place, as SentencePiece itself looks it up.
   * @param bytes UTF-8.
   */
  longest(bytes: Uint8Array, from: number): CharsmapMatch | undefined {
    let match: { length: number; value: number } | undefined;
    this.#search(bytes, from, (length, value) => {
      match = { length, value };
      return true;
    });
    return match && { length: match.length, text: this.#textAt(match.value) };
  }

  #byCharacters(text: string): string {
    let out = "";
    for (const character of text) out += this.#shortest(character) ?? character;
    return out;
  }

  #shortest(text: string): string | undefined {
    if (this.#known.has(text)) return this.#known.get(text);
    if (this.#scratch.length < 3 * text.length) this.#scratch = new Uint8Array(3 * text.length);
    const { written } = ENCODER.encodeInto(text, this.#scratch);
    let found: string | undefined;
    this.#search(this.#scratch.subarray(0, written), 0, (_length, value) => {
      found = this.#textAt(value);
      return false;
    });
    if (this.#known.size < MAX_KNOWN) this.#known.set(text, found);
    return found;
  }

  /** Gives the keys that the bytes begin with, the shortest first, until `take` wants no more. */
  #search(
    bytes: Uint8Array,
    from: number,
    take: (length: number, value: number) => boolean,
  ): void {
    const units = this.#units;
    let at = offsetOf(units[0]!);
    for (let i = from; i < bytes.length && bytes[i] !== 0; i++) {
      at ^= bytes[i]!;
      const unit = units[at];
      if (unit === undefined || (unit & LABEL_MASK) !== bytes[i]) return;
      at ^= offsetOf(unit);
      const leaf = units[at];
      if (leaf === undefined) return;
      if ((unit >>> 8) & 1 && !take(i + 1 - from, leaf & 0x7fffffff)) return;
    }
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

function utf8Length(text: string): number {
  let length = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return length;
}
