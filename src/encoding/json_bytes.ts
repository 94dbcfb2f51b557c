/** JSON, written as UTF-8 bytes. */
import { encodeBase64 } from "./base64.ts";

const ENCODER = new TextEncoder();
const QUOTE = 0x22;

/** A growing buffer of JSON. */
export class JsonBytes {
  #bytes: Uint8Array;
  #pos = 0;

  /** @param capacity bytes that are likely enough; more are taken as needed. */
  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** What was written: a view. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#pos);
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
    const text = encodeBase64(bytes);
    this.#reserve(text.length + 2);
    this.#bytes[this.#pos++] = QUOTE;
    ENCODER.encodeInto(text, this.#bytes.subarray(this.#pos));
    this.#pos += text.length;
    this.#bytes[this.#pos++] = QUOTE;
  }

  /**
   * Writes float32 numbers as a list, each as the double of its value: what a reader parses is
   * exactly the number. NaN and infinities, which JSON does not have, are `null`.
   *
   * (Digits written by our own arithmetic straight into the buffer were no faster than this.)
   */
  floats(values: Float32Array): void {
    this.raw(JSON.stringify(Array.from(values)));
  }

  #reserve(count: number): void {
    const needed = this.#pos + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#pos));
    this.#bytes = grown;
  }
}
