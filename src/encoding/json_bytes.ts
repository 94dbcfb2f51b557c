/** JSON, written as UTF-8 bytes. */
import { encodeBase64 } from "./base64.ts";
import { writeFloatDigits } from "./float_digits.ts";
import { copyInSlices, type Sliced, type Slices } from "./slices.ts";
import { pieceEnd } from "./text_pieces.ts";

const ENCODER = new TextEncoder();
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;

/** Bytes that are taken where the first guess was too small, at least and at most. */
const MIN_MORE = 1 << 12;
const MAX_MORE = 1 << 22;
/** Bytes that are turned into base64 at a time: a multiple of three. */
const BASE64_BYTES = 3 << 16;

/** A growing buffer of JSON: what is full is set aside, and put together at the end. */
export class JsonBytes {
  readonly #full: Uint8Array[] = [];
  #fullBytes = 0;
  #bytes: Uint8Array;
  #pos = 0;

  /** @param capacity bytes that are likely enough; more are taken as needed. */
  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** What was written: a view where the first guess was large enough. */
  *finish(slices: Slices): Sliced<Uint8Array> {
    const last = this.#bytes.subarray(0, this.#pos);
    if (this.#full.length === 0) return last;
    const whole = new Uint8Array(this.#fullBytes + last.length);
    let at = 0;
    for (const piece of [...this.#full, last]) {
      yield* copyInSlices(piece, whole, at, slices);
      at += piece.length;
    }
    return whole;
  }

  /** Writes JSON that is text already. */
  raw(json: string): void {
    const { read, written } = ENCODER.encodeInto(json, this.#bytes.subarray(this.#pos));
    this.#pos += written;
    if (read === json.length) return;
    // At most three bytes for each UTF-16 unit.
    this.#reserve((json.length - read) * 3);
    this.raw(json.slice(read));
  }

  /** Writes bytes as a base64 string with its quotes. */
  base64(bytes: Uint8Array): void {
    this.#byte(QUOTE);
    for (let at = 0; at < bytes.length; at += BASE64_BYTES) this.#base64Piece(bytes, at);
    this.#byte(QUOTE);
  }

  /** The same in slices. */
  *longBase64(bytes: Uint8Array, slices: Slices): Sliced<void> {
    this.#byte(QUOTE);
    for (let at = 0; at < bytes.length; at += BASE64_BYTES) {
      this.#base64Piece(bytes, at);
      if (slices.spent(BASE64_BYTES)) yield;
    }
    this.#byte(QUOTE);
  }

  #base64Piece(bytes: Uint8Array, at: number): void {
    const text = encodeBase64(bytes.subarray(at, at + BASE64_BYTES));
    this.#reserve(text.length);
    ENCODER.encodeInto(text, this.#bytes.subarray(this.#pos));
    this.#pos += text.length;
  }

  /** Writes a text of any length as a string with its quotes. */
  *longText(text: string, slices: Slices): Sliced<void> {
    this.#byte(QUOTE);
    for (let from = 0; from < text.length;) {
      const to = pieceEnd(text, from);
      this.raw(JSON.stringify(text.slice(from, to)).slice(1, -1));
      if (slices.spent((to - from) * 2)) yield;
      from = to;
    }
    this.#byte(QUOTE);
  }

  /** Writes float32 numbers as `floats` does, without brackets. */
  floatRow(values: Float32Array): void {
    if (values.length === 0) return;
    this.#digits(values);
    this.#pos--; // The last comma.
  }

  /**
   * Writes float32 numbers as a list, or as nested lists, each with the fewest digits that read back
   * to the same float32. NaN and infinities, which JSON does not have, are `null`.
   *
   * @param shape how many lists of lists they are, row-major; none of it zero but of a flat list.
   */
  floats(values: Float32Array, shape: readonly number[] = [values.length]): void {
    this.#byte(OPEN);
    if (shape.length > 1) {
      const inner = shape.slice(1);
      const size = values.length / shape[0]!;
      for (let at = 0; at < values.length; at += size) {
        this.floats(values.subarray(at, at + size), inner);
        this.#byte(COMMA);
      }
    } else {
      this.#digits(values);
    }
    if (values.length > 0) this.#pos--; // The last comma.
    this.#byte(CLOSE);
  }

  #digits(values: Float32Array): void {
    writeFloatDigits(values, (piece) => {
      this.#reserve(piece.length);
      this.#bytes.set(piece, this.#pos);
      this.#pos += piece.length;
    });
  }

  #byte(code: number): void {
    this.#reserve(1);
    this.#bytes[this.#pos++] = code;
  }

  #reserve(count: number): void {
    if (this.#pos + count <= this.#bytes.length) return;
    this.#full.push(this.#bytes.subarray(0, this.#pos));
    this.#fullBytes += this.#pos;
    const more = Math.min(Math.max(this.#bytes.length, MIN_MORE), MAX_MORE);
    this.#bytes = new Uint8Array(Math.max(count, more));
    this.#pos = 0;
  }
}
