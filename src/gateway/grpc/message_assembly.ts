/**
 * Puts a gRPC message together: five bytes of head (packed or not, length) and as many of message
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). What it takes of memory follows
 * what has come, whatever the head promises and however small the pieces are.
 */
import { ClipError } from "../../errors.ts";
import { Pace } from "../../pace.ts";

/** A flag and the length. */
const HEAD_BYTES = 5;
/** Pieces below this are copied together, larger ones kept as they came: node:http2 gives them away. */
const SMALL_PIECE_BYTES = 2 ** 12;
/** Where small pieces are put together. */
const SLAB_BYTES = 2 ** 14;

/** One message on its way. */
export class MessageAssembly {
  readonly #maxBytes: number;
  #headBytes = 0;
  #flag = 0;
  readonly #pieces: Uint8Array[] = [];
  /** The slab that is being filled, and the room left in it. */
  #slab: Uint8Array | undefined;
  #room = 0;
  #left = 0;
  /** Bytes of the message, as sent; less until the head is there. */
  length = 0;

  /** @param maxBytes bound on the message as sent. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether all of it is here. */
  get complete(): boolean {
    return this.#headBytes === HEAD_BYTES && this.#left === 0;
  }

  /** Whether it has to be unpacked. */
  get packed(): boolean {
    return this.#flag === 1;
  }

  /** The message's bytes; they are its own. */
  get pieces(): readonly Uint8Array[] {
    return this.#pieces;
  }

  /**
   * Takes of a piece what belongs to this message, which is all of it or less.
   * @returns how many bytes.
   * @throws {ClipError} "invalid" or "too_large", by the head.
   */
  take(piece: Uint8Array): number {
    let at = 0;
    while (this.#headBytes < HEAD_BYTES) {
      if (at === piece.length) return at;
      const byte = piece[at++]!;
      if (this.#headBytes++ === 0) this.#flag = byte;
      else this.length = this.length * 256 + byte;
      if (this.#headBytes === HEAD_BYTES) this.#begin();
    }
    while (this.#left > 0 && at < piece.length) at += this.#add(piece.subarray(at));
    return at;
  }

  #begin(): void {
    if (this.#flag > 1) {
      throw new ClipError("invalid", `A message begins with ${this.#flag}, which is no gRPC`);
    }
    if (this.length > this.#maxBytes) {
      throw new ClipError(
        "too_large",
        `The message has ${this.length} bytes, more than ${this.#maxBytes} ('max_message_bytes')`,
      );
    }
    this.#left = this.length;
  }

  /** Adds the first of these bytes, and returns how many. */
  #add(bytes: Uint8Array): number {
    const wanted = Math.min(this.#left, bytes.length);
    if (this.#room === 0 && wanted >= SMALL_PIECE_BYTES) {
      this.#pieces.push(bytes.subarray(0, wanted));
      this.#left -= wanted;
      return wanted;
    }
    if (this.#slab === undefined || this.#room === 0) {
      this.#slab = new Uint8Array(Math.min(this.#left, SLAB_BYTES));
      this.#room = this.#slab.length;
      this.#pieces.push(this.#slab);
    }
    const count = Math.min(wanted, this.#room);
    this.#slab.set(bytes.subarray(0, count), this.#slab.length - this.#room);
    this.#room -= count;
    this.#left -= count;
    return count;
  }
}

/** Joins pieces in slices. A single piece is returned as it is. */
export async function join(
  pieces: readonly Uint8Array[],
  length: number,
): Promise<Uint8Array> {
  if (pieces.length === 1 && pieces[0]!.length === length) return pieces[0]!;
  const pace = new Pace();
  const joined = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    if (pace.due) await pace.breathe();
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
