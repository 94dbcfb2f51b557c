/** A line of those who wait for something to become true, in the order of their coming. */
import { ClipError } from "./errors.ts";

interface Turn {
  ready: () => boolean;
  proceed: () => void;
}

/** Lets waiters go on one after the other. */
export class Turns {
  readonly #waiting = new Set<Turn>();

  /**
   * Resolves when `ready` holds and nobody is in front.
   * @throws {ClipError} the signal's reason if it fires first.
   */
  async wait(ready: () => boolean, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw ClipError.wrap(signal.reason, "cancelled");
    // Between being let go on and going on others may come in between: then once more.
    for (let first = this.#waiting.size === 0; !first || !ready(); first = true) {
      await this.#join(ready, signal);
    }
  }

  /** Something has changed: those in front whose condition holds go on. */
  proceed(): void {
    for (const turn of this.#waiting) {
      if (!turn.ready()) return;
      this.#waiting.delete(turn);
      turn.proceed();
    }
  }

  #join(ready: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn: Turn = {
        ready,
        proceed: () => {
          signal.removeEventListener("abort", abort);
          resolve();
        },
      };
      const abort = () => {
        this.#waiting.delete(turn);
        reject(ClipError.wrap(signal.reason, "cancelled"));
        // Who stood behind may be able to go on where this one was not.
        this.proceed();
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#waiting.add(turn);
    });
  }
}
