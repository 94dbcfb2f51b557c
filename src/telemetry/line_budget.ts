/** How many lines of a kind the log gets: a client must not fill a disk with its own faults. */

/** So many lines a second, and then how many more there were. */
export class LineBudget {
  readonly #perSecond: number;
  readonly #more: (left: number) => void;
  #used = 0;
  #left = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param more hears at the end of a second how many were left out, if some were. */
  constructor(perSecond: number, more: (left: number) => void) {
    this.#perSecond = perSecond;
    this.#more = more;
  }

  /** Whether one more line may be written. */
  take(): boolean {
    if (this.#timer === undefined) {
      this.#timer = setTimeout(() => this.#renew(), 1000);
      Deno.unrefTimer(this.#timer);
    }
    if (this.#used < this.#perSecond) {
      this.#used++;
      return true;
    }
    this.#left++;
    return false;
  }

  /** Tells what was left out; nothing is told any more by itself. */
  close(): void {
    clearTimeout(this.#timer);
    this.#renew();
  }

  #renew(): void {
    this.#timer = undefined;
    this.#used = 0;
    const left = this.#left;
    this.#left = 0;
    if (left > 0) this.#more(left);
  }
}
