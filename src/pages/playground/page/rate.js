/** How fast something goes, lately. */

const WINDOW_MS = 10_000;

/** Counts that were seen, and when. */
export class Rate {
  /** @type {{ at: number, done: number }[]} */
  #marks = [];

  /**
   * @param {number} done so far
   * @param {number} [at] milliseconds
   */
  mark(done, at = performance.now()) {
    this.#marks = this.#marks.filter((mark) => at - mark.at < WINDOW_MS);
    this.#marks.push({ at, done });
  }

  /** Of the last ten seconds; 0 if it is not known. */
  get perSecond() {
    const [first] = this.#marks;
    const last = this.#marks.at(-1);
    if (!first || !last || last.at === first.at) return 0;
    return 1000 * (last.done - first.done) / (last.at - first.at);
  }
}
