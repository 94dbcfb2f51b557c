/** The bytes of an object, wherever they are asked for: a request for each piece, several at a time. */
import { Turns } from "../../../turns.ts";
import { checkRange, type RandomAccess } from "./random_access.ts";

/** Requests at a time. */
const AT_ONCE = 8;
/** What is smaller is read with what follows it: page headers stand close together. */
const SMALL = 16 * 1024;
const AHEAD = 64 * 1024;
/** Pieces that are kept because more of them may be wanted. */
const KEPT = 8;

interface Piece {
  start: number;
  end: number;
  bytes: Promise<Uint8Array<ArrayBuffer>>;
}

/** An object. */
export class ObjectAccess implements RandomAccess {
  readonly byteLength: number;
  readonly #read: (start: number, end: number) => Promise<Uint8Array<ArrayBuffer>>;
  readonly #kept: Piece[] = [];
  readonly #turns = new Turns();
  #reading = 0;

  /** @param read gives the bytes of a range that is in the object. */
  constructor(
    byteLength: number,
    read: (start: number, end: number) => Promise<Uint8Array<ArrayBuffer>>,
  ) {
    this.byteLength = byteLength;
    this.#read = read;
  }

  async slice(start: number, end = this.byteLength): Promise<ArrayBuffer> {
    checkRange(start, end, this.byteLength);
    const kept = this.#kept.find((piece) => piece.start <= start && end <= piece.end);
    const piece = kept ?? this.#begin(start, end);
    const bytes = await piece.bytes;
    // Nobody else has it.
    if (!this.#kept.includes(piece) && bytes.length === bytes.buffer.byteLength) {
      return bytes.buffer;
    }
    return bytes.buffer.slice(
      bytes.byteOffset + start - piece.start,
      bytes.byteOffset + end - piece.start,
    );
  }

  #begin(start: number, end: number): Piece {
    const isSmall = end - start <= SMALL;
    const until = isSmall ? Math.min(this.byteLength, start + AHEAD) : end;
    const piece = { start, end: until, bytes: this.#inTurn(start, until) };
    if (isSmall) {
      this.#kept.push(piece);
      if (this.#kept.length > KEPT) this.#kept.shift();
      // What failed is asked for again.
      piece.bytes.catch(() => {
        const at = this.#kept.indexOf(piece);
        if (at >= 0) this.#kept.splice(at, 1);
      });
    }
    return piece;
  }

  async #inTurn(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    await this.#turns.wait(() => this.#reading < AT_ONCE ? ++this.#reading : undefined);
    try {
      return await this.#read(start, end);
    } finally {
      this.#reading--;
      this.#turns.proceed();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
