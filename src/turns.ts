/** A line of those who wait for something to come free, in the order of their coming. */
import { ClipError } from "./errors.ts";

/** One who waits, between those before and behind. */
interface Waiter {
  before: Waiter;
  behind: Waiter;
  /** Takes what it waits for; `false` if that is not to be had yet. */
  go: () => boolean;
}

/**
 * Lets waiters go on one after the other. What they wait for is the caller's: at most `limit` at one
 * time, for instance, is
 *
 * ```ts
 * enter(signal?: AbortSignal): Promise<() => void> {
 *   return this.#turns.wait(() => this.#inside < this.#limit ? this.#enter() : undefined, signal);
 * }
 *
 * #enter(): () => void {
 *   this.#inside++;
 *   return () => {
 *     this.#inside--;
 *     this.#turns.proceed();
 *   };
 * }
 * ```
 *
 * Coming, going on and leaving each take the same small time however long the line is (a `Set` keeps
 * a hole for each that was first in it, and looks through them all for the next).
 */
export class Turns {
  /** Both ends of the line in one: the first stands behind it, the last before it. */
  readonly #ends: Waiter = ends();
  #length = 0;
  #called = false;

  /** How many wait. */
  get length(): number {
    return this.#length;
  }

  /**
   * Takes what is waited for as soon as nobody is in front and it is to be had: at once, or in the
   * order of coming. A waiter whose signal fires leaves the line at that moment.
   *
   * @param take Takes it and answers with it, or answers `undefined` if it is not to be had. What it
   * throws is thrown to its waiter, and the next one goes on. It answers at once, so that what it
   * took is gone for the next in line.
   * @returns what `take` answered.
   * @throws {ClipError} the signal's reason if it fires first. A deadline is such a signal:
   * `withDeadline`.
   */
  async wait<T>(take: () => T | Promise<T> | undefined, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) throw ClipError.wrap(signal.reason, "cancelled");
    if (this.#length === 0) {
      const taken = take();
      if (taken !== undefined) return await taken;
    }
    return await this.#join(take, signal);
  }

  /**
   * Something has come free: those in front who can have it go on. They do so in a moment, when what
   * called this is done, and many calls until then count as one.
   */
  proceed(): void {
    if (this.#called || this.#length === 0) return;
    this.#called = true;
    queueMicrotask(() => {
      this.#called = false;
      while (this.#length > 0 && this.#ends.behind.go());
    });
  }

  #join<T>(take: () => T | Promise<T> | undefined, signal: AbortSignal | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const go = () => {
        try {
          const taken = take();
          if (taken === undefined) return false;
          resolve(taken);
        } catch (thrown) {
          reject(thrown);
        }
        leave();
        return true;
      };
      const leave = () => {
        signal?.removeEventListener("abort", abort);
        if (waiter.behind.before === waiter) this.#remove(waiter);
      };
      const abort = () => {
        const first = this.#ends.behind === waiter;
        leave();
        reject(ClipError.wrap(signal!.reason, "cancelled"));
        // Who stood behind may be able to go on where this one was not.
        if (first) this.proceed();
      };
      const waiter = this.#append(go);
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  #append(go: () => boolean): Waiter {
    const last = this.#ends.before;
    const waiter = { before: last, behind: this.#ends, go };
    last.behind = waiter;
    this.#ends.before = waiter;
    this.#length++;
    return waiter;
  }

  #remove(waiter: Waiter): void {
    waiter.before.behind = waiter.behind;
    waiter.behind.before = waiter.before;
    this.#length--;
  }
}

function ends(): Waiter {
  const both = { go: () => false } as Waiter;
  both.before = both;
  both.behind = both;
  return both;
}
