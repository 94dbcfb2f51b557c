/** Documents that wait to be written: bounded in number and bytes. */
import { BusyRate } from "../busy_rate.ts";
import { ClipError } from "../errors.ts";

/** What may wait. */
export interface WriteLimits {
  documents: number;
  bytes: number;
}

/** Counts what waits, and how fast it is written. */
export class WriteQueue {
  readonly #limits: WriteLimits;
  readonly #rate: BusyRate;
  #documents = 0;
  #bytes = 0;

  /** @param now a clock in milliseconds. */
  constructor(limits: WriteLimits, now?: () => number) {
    this.#limits = limits;
    this.#rate = new BusyRate(now);
  }

  /** Documents that wait or are being written. */
  get documents(): number {
    return this.#documents;
  }

  /**
   * Takes documents in. What comes when nothing waits is always taken, however much it is: it could
   * never be written else.
   * @returns what is called when they are written, or have failed.
   * @throws {ClipError} "overloaded", with the time after which there is likely to be room.
   */
  enter(documents: number, bytes: number): (written: boolean) => void {
    const { documents: most, bytes: mostBytes } = this.#limits;
    if (this.#documents > 0) {
      if (this.#documents + documents > most) {
        throw this.#full(`${this.#documents} of ${most} documents wait to be written, 'max_queue'`);
      }
      if (this.#bytes + bytes > mostBytes) {
        throw this.#full(`${this.#bytes} of ${mostBytes} bytes wait to be written`);
      }
    }
    this.#count(documents, bytes);
    return (written) => {
      if (written) this.#rate.done(documents);
      this.#count(-documents, -bytes);
    };
  }

  #count(documents: number, bytes: number): void {
    this.#documents += documents;
    this.#bytes += bytes;
    this.#rate.busy = this.#documents > 0;
  }

  #full(what: string): ClipError {
    const rate = this.#rate.perMs;
    const retryAfterMs = rate === undefined ? {} : { retryAfterMs: this.#documents / rate };
    return new ClipError(
      "overloaded",
      `The index is busy (${what}): send again later`,
      retryAfterMs,
    );
  }
}
