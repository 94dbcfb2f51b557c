/** A message that has been read, and holds its bytes until it is answered. */
import type { Hold } from "../admission/held_bytes.ts";

const NOTHING = new Uint8Array(0);

/** One request. */
export class IncomingMessage {
  /** The message, unpacked; nobody else keeps it. */
  bytes: Uint8Array = NOTHING;
  readonly #hold: Hold;
  readonly #released: () => void;

  /** @param released is called when it holds nothing any more. */
  constructor(hold: Hold, released: () => void) {
    this.#hold = hold;
    this.#released = released;
  }

  /** Bytes of the message. */
  get length(): number {
    return this.bytes.length;
  }

  /** It takes more when it is decoded. @throws {ClipError} "overloaded". */
  grow(bytes: number): void {
    this.#hold.grow(bytes);
  }

  /** Its answer is here, and held as well. @throws {ClipError} "overloaded". */
  answered({ buffer }: Uint8Array): void {
    // It was taken by guess, and is held whole.
    this.#hold.grow(buffer.byteLength);
  }

  /** It is answered, or will never be. */
  release(): void {
    this.#hold.release();
    this.#released();
  }
}
