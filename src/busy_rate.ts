/** How fast work is done while there is more of it than can be done at once. */

/** Older measurements lose their weight over this time. */
const MEMORY_MS = 3_000;

/** A single measurement, however long it took, leaves this much of the weight to those before it. */
const LEAST_MEMORY = 0.5;

/** With fewer measurements a rate is a guess. */
const ENOUGH_SAMPLES = 3;

/**
 * Measures a rate over the time in which somebody waits. Pauses do not count, and neither does the
 * leisure of a server that has little to do: what it could do is more than what it does.
 */
export class BusyRate {
  readonly #now: () => number;
  /** Sums in which the past fades. */
  #units = 0;
  #ms = 0;
  #samples = 0;
  /** The end of the last measurement, or when somebody began to wait; undefined if nobody does. */
  #since: number | undefined;
  /** When somebody began to wait. */
  #began = 0;

  /** @param now a clock in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Says whether somebody waits now. */
  set busy(busy: boolean) {
    if (!busy) this.#since = undefined;
    else if (this.#since === undefined) this.#began = this.#since = this.#now();
  }

  /**
   * Some work is done.
   * @param tookMs how long: of what was begun before anybody waited only the part counts that was
   * done since. Large minibatches of a slow model would make a rush look half as long else.
   */
  done(units: number, tookMs = 0): void {
    if (this.#since === undefined) return;
    const now = this.#now();
    const share = tookMs > 0 ? Math.min(1, (now - this.#began) / tookMs) : 1;
    const ms = now - this.#since;
    this.#since = now;
    const kept = Math.max(LEAST_MEMORY, Math.exp(-ms / MEMORY_MS));
    this.#units = kept * this.#units + share * units;
    this.#ms = kept * this.#ms + ms;
    this.#samples++;
  }

  /** Units a millisecond; undefined while too little is known. */
  get perMs(): number | undefined {
    return this.#samples >= ENOUGH_SAMPLES && this.#ms > 0 ? this.#units / this.#ms : undefined;
  }
}
