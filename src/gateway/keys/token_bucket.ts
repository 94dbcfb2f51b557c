/**
 * A rate with bursts: a bucket that fills with so many tokens a second up to its size. What is larger
 * than the bucket is taken from a full one, and owed.
 */

/** Sums of fractions fall short by less than this. */
const ROUNDING = 1e-6;

/** Counts tokens. */
export class TokenBucket {
  readonly #perMs: number;
  readonly #size: number;
  readonly #now: () => number;
  #tokens: number;
  #at: number;

  /**
   * @param rate tokens a second.
   * @param size most that there may be; it is full at first.
   * @param now a clock in milliseconds.
   */
  constructor(rate: number, size: number, now: () => number) {
    this.#perMs = rate / 1000;
    this.#size = size;
    this.#now = now;
    this.#tokens = size;
    this.#at = now();
  }

  /** Milliseconds until so many may be taken; 0 if they may be now. */
  waitMs(count: number): number {
    this.#fill();
    const missing = Math.min(count, this.#size) - this.#tokens;
    return missing <= ROUNDING ? 0 : missing / this.#perMs;
  }

  /** Takes so many, whether or not they are there. */
  take(count: number): void {
    this.#fill();
    this.#tokens -= count;
  }

  #fill(): void {
    const now = this.#now();
    this.#tokens = Math.min(this.#size, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
  }
}
