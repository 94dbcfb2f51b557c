/**
 * The memory of a message that the `ws` package has in part. When its connection is given up the
 * package keeps it until the client has taken the reason, and V8 until it collects: 12 uploads that
 * were given up for others weighed 200 MiB more than all messages together may hold.
 */

/** Pieces of one message, in the order in which they came. */
export class UnfinishedMessage {
  #pieces: Uint8Array[] = [];

  /** A piece was handed on of which all bytes, and all its buffer has, are the message's. */
  add(piece: Uint8Array): void {
    if (piece.length === piece.buffer.byteLength) this.#pieces.push(piece);
  }

  /** The message is whole: it belongs to whoever got it. */
  complete(): void {
    if (this.#pieces.length > 0) this.#pieces = [];
  }

  /**
   * Gives the memory back at once; the pieces are empty then, wherever they are. Not while something
   * reads them.
   */
  discard(): void {
    for (const { buffer } of this.#pieces) (buffer as ArrayBuffer).transfer(0);
    this.#pieces = [];
  }
}
