/** Bytes that come piece by piece, in one buffer: nobody's word is taken for how many there are. */

const FIRST_BYTES = 64 * 1024;

/** The buffer. It has at most twice the room that is needed, and never more than `maxBytes`. */
export class GrowingBytes {
  readonly #maxBytes: number;
  readonly #tooLarge: () => Error;
  #buffer: ArrayBuffer;
  #length = 0;

  /** @param tooLarge the error for more than `maxBytes`. */
  constructor(maxBytes: number, tooLarge: () => Error) {
    this.#maxBytes = maxBytes;
    this.#tooLarge = tooLarge;
    this.#buffer = new ArrayBuffer(Math.min(FIRST_BYTES, maxBytes));
  }

  /** How many bytes there are. */
  get length(): number {
    return this.#length;
  }

  /** Copies a piece to the end. */
  append(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > this.#maxBytes) throw this.#tooLarge();
    if (length > this.#buffer.byteLength) {
      const room = Math.max(length, this.#buffer.byteLength * 2);
      this.#buffer = this.#buffer.transfer(Math.min(room, this.#maxBytes));
    }
    new Uint8Array(this.#buffer).set(piece, this.#length);
    this.#length = length;
  }

  /** All bytes, in a buffer of just that length; nothing is appended afterwards. */
  take(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer.transfer(this.#length));
  }
}
