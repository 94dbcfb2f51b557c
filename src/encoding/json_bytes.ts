/** JSON, written as UTF-8 bytes. */
import { encodeBase64 } from "./base64.ts";
import { writeFloatDigits } from "./float_digits.ts";

const ENCODER = new TextEncoder();
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;

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
      writeFloatDigits(values, (piece) => {
        this.#reserve(piece.length);
        this.#bytes.set(piece, this.#pos);
        this.#pos += piece.length;
      });
    }
    if (values.length > 0) this.#pos--; // The last comma.
    this.#byte(CLOSE);
  }

  #byte(code: number): void {
    this.#reserve(1);
    this.#bytes[this.#pos++] = code;
  }

  #reserve(count: number): void {
    const needed = this.#pos + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#pos));
    this.#bytes = grown;
  }
}
