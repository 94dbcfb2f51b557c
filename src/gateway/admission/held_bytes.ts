/**
 * The bytes that the server holds for its clients: messages while they come, wait and are computed,
 * and answers until they are taken. Counts bound how many there are; this bounds what they weigh
 * together, over all protocols.
 */
import { ClipError } from "../../errors.ts";

/** What one message holds. */
export interface Hold {
  /**
   * Holds more.
   * @throws {ClipError} "overloaded" if all together would hold too much.
   */
  grow(bytes: number): void;
  /** Holds less, of what it holds. */
  shrink(bytes: number): void;
  /** Holds nothing any more. */
  release(): void;
}

/** Gives bytes back, at least so many if it can; what it was asked for by keeps its own. */
export type Relief = (bytes: number, askedBy: Hold) => void;

/** Counts held bytes against a limit. */
export class HeldBytes {
  readonly limit: number;
  /** Asked when there is no room, before anybody is refused. */
  relief: Relief = () => {};
  #held = 0;

  /** @param limit bytes. */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** Bytes held by all together. */
  get held(): number {
    return this.#held;
  }

  /** Starts a message that holds nothing yet. */
  open(): Hold {
    return new CountedHold(this);
  }

  /**
   * Takes bytes for `hold`, if need be from those that `relief` gives up.
   * @throws {ClipError} "overloaded" if there is no room even then.
   */
  take(bytes: number, hold: Hold): void {
    const missing = this.#held + bytes - this.limit;
    if (missing > 0) {
      this.relief(missing, hold);
      if (this.#held + bytes > this.limit) {
        throw new ClipError(
          "overloaded",
          `Messages hold ${this.#held} of ${this.limit} bytes ('max_held_bytes'): send again later`,
        );
      }
    }
    this.#held += bytes;
  }

  /**
   * Counts bytes that are there already and cannot be refused, over the limit if need be; `relief`
   * is asked first.
   */
  count(bytes: number, hold: Hold): void {
    const missing = this.#held + bytes - this.limit;
    if (missing > 0) this.relief(missing, hold);
    this.#held += bytes;
  }

  /** Gives bytes back. */
  give(bytes: number): void {
    this.#held -= bytes;
  }
}

class CountedHold implements Hold {
  readonly #all: HeldBytes;
  #own = 0;
  #released = false;

  constructor(all: HeldBytes) {
    this.#all = all;
  }

  grow(bytes: number): void {
    // Work goes on for a moment after its client has left.
    if (this.#released) return;
    this.#all.take(bytes, this);
    this.#own += bytes;
  }

  shrink(bytes: number): void {
    if (this.#released) return;
    this.#all.give(bytes);
    this.#own -= bytes;
  }

  release(): void {
    this.#released = true;
    this.#all.give(this.#own);
    this.#own = 0;
  }
}

/** A hold without a limit. */
export const NO_HOLD: Hold = { grow() {}, shrink() {}, release() {} };
