/** How many lines of a kind the log gets: a client must not fill a disk with its own faults. */

const WINDOW_MS = 1000;

/** So many lines a second, and then how many more there were. */
export class LineBudget {
  readonly #perSecond: number;
  readonly #more: (left: number) => void;
  #began = -Infinity;
  #used = 0;
  #left = 0;
  /** Runs while there is something to tell. */
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param more hears at the end of a second how many were left out, if some were. */
  constructor(perSecond: number, more: (left: number) => void) {
    this.#perSecond = perSecond;
    this.#more = more;
  }

  /** Whether one more line may be written. */
  take(): boolean {
    const now = performance.now();
    if (this.#timer === undefined && now - this.#began >= WINDOW_MS) {
      this.#began = now;
      this.#used = 0;
    }
    if (this.#used < this.#perSecond) {
      this.#used++;
      return true;
    }
    this.#left++;
    this.#timer ??= setTimeout(() => this.flush(), this.#began + WINDOW_MS - now);
    return false;
  }

  /** Tells now what was left out, and begins anew. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#began = -Infinity;
    const left = this.#left;
    this.#left = 0;
    if (left > 0) this.#more(left);
  }
}
