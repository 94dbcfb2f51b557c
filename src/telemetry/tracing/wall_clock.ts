/** From `performance.now()`, which measures, to the time of day, which several machines share. */

/** A clock of the day is read in whole milliseconds: it is behind by up to one. */
const RESOLUTION_MS = 1;

/**
 * What is to be added to `performance.now()` for milliseconds since 1970. The clock of the day is cut
 * to milliseconds, so the largest difference seen is the right one, until the clock is set anew.
 */
export class WallClock {
  #offset = -Infinity;
  readonly #now: () => number;
  readonly #date: () => number;

  constructor(now: () => number = () => performance.now(), date: () => number = () => Date.now()) {
    this.#now = now;
    this.#date = date;
  }

  /** Looks at both clocks. */
  offset(): number {
    const seen = this.#date() - this.#now();
    if (seen > this.#offset || seen < this.#offset - 2 * RESOLUTION_MS) this.#offset = seen;
    return this.#offset;
  }
}
