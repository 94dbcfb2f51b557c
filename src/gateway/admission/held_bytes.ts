/**
 * The bytes of request bodies that are inside: while they are read, wait and are computed. `prefetch`
 * bounds how many there are; this bounds what they weigh together.
 */
import { ClipError } from "../../errors.ts";

/** What one request holds. */
export interface Hold {
  /**
   * Holds more.
   * @throws {ClipError} "overloaded" if all requests together would hold too much.
   */
  grow(bytes: number): void;
  /** Holds less, of what it holds. */
  shrink(bytes: number): void;
  /** Holds nothing any more. */
  release(): void;
}

/** Counts held bytes against a limit. */
export class HeldBytes {
  readonly #limit: number;
  #held = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes held by all requests. */
  get held(): number {
    return this.#held;
  }

  /** Starts a request that holds nothing yet. */
  open(): Hold {
    let own = 0;
    return {
      grow: (bytes) => {
        if (this.#held + bytes > this.#limit) {
          throw new ClipError(
            "overloaded",
            `Requests hold ${this.#held} of ${this.#limit} bytes: send again later`,
          );
        }
        this.#held += bytes;
        own += bytes;
      },
      shrink: (bytes) => {
        this.#held -= bytes;
        own -= bytes;
      },
      release: () => {
        this.#held -= own;
        own = 0;
      },
    };
  }
}

/** A hold without a limit. */
export const NO_HOLD: Hold = { grow() {}, shrink() {}, release() {} };
