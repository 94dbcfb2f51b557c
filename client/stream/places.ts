/** How many requests may be on their way, as the server's refusals tell. */
import { onAbort } from "./on_abort.ts";

/**
 * Places that become fewer when the server refuses for lack of room, and more again while it serves:
 * half of those in use, and about one more for each round of answers (additive increase,
 * multiplicative decrease, as TCP has it). Without refusals there is no bound.
 */
export class Places {
  #limit = Infinity;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  /** Takes a place, when there is one. @throws the signal's reason. */
  async take(signal: AbortSignal): Promise<void> {
    if (this.#taken < Math.floor(this.#limit) && this.#waiting.length === 0) {
      this.#taken++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(given), 1);
        reject(signal.reason);
      };
      const given = () => {
        letGo();
        resolve();
      };
      if (signal.aborted) return reject(signal.reason);
      const letGo = onAbort(signal, giveUp);
      this.#waiting.push(given);
    });
  }

  /** Gives a place back. */
  leave(): void {
    this.#taken--;
    this.#let();
  }

  /** The server has refused a request that holds a place. */
  refused(): void {
    this.#limit = Math.max(1, Math.min(this.#limit, this.#taken) / 2);
  }

  /** The server has served one. */
  served(): void {
    if (this.#limit !== Infinity) this.#limit += 1 / this.#limit;
    this.#let();
  }

  #let(): void {
    while (this.#waiting.length > 0 && this.#taken < Math.floor(this.#limit)) {
      this.#taken++;
      this.#waiting.shift()!();
    }
  }
}
