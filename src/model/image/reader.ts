/** Bounds-checked reads for the header readers and the small decoders. */

/** Thrown (and turned into a client's error by the caller) when a file ends too early. */
export class EndOfData extends Error {}

/** Reads integers from a byte array; a read past the end throws `EndOfData`. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #little: boolean;
  /** Where the next read starts. */
  at = 0;

  constructor(bytes: Uint8Array, endian: "little" | "big") {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = endian === "little";
  }

  /** Moves past `count` bytes and returns where they start. */
  skip(count: number): number {
    const from = this.at;
    if (from + count > this.bytes.length) throw new EndOfData();
    this.at = from + count;
    return from;
  }

  u8(): number {
    return this.bytes[this.skip(1)]!;
  }

  u16(): number {
    return this.#view.getUint16(this.skip(2), this.#little);
  }

  u32(): number {
    return this.#view.getUint32(this.skip(4), this.#little);
  }

  /** The next `count` bytes, as a view. */
  take(count: number): Uint8Array {
    const from = this.skip(count);
    return this.bytes.subarray(from, from + count);
  }

  /** Up to `count` bytes: fewer at the end of the file. */
  takeUpTo(count: number): Uint8Array {
    return this.take(Math.min(count, this.bytes.length - this.at));
  }
}
