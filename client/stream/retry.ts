/** Sending again what may succeed then. */
import { ClipClientError, isPassing, wasNotTaken } from "../errors.ts";
import type { Clock } from "./clock.ts";
import { Places } from "./places.ts";

/** How often, and how long is waited in between. */
export interface RetryOptions {
  /**
   * Further tries, beside the first. Default 5. Where the server refuses for lack of room, as many
   * without any other request of the client having been served.
   */
  retries?: number;
  /** The first wait is up to so long, each further one up to twice the one before. Default 200. */
  baseMs?: number;
  /** No wait is longer, but for a server that says so (`Retry-After`). Default 20,000. */
  maxMs?: number;
}

/** The defaults. */
export const RETRIES: Required<RetryOptions> = { retries: 5, baseMs: 200, maxMs: 20_000 };

/**
 * Tries of all requests of a client: when the server says that it is full, all of them keep away
 * for as long as it says, and fewer are on their way afterwards.
 */
export class Retrier {
  readonly #options: Required<RetryOptions>;
  readonly #clock: Clock;
  /** Before that time the server wants to be left alone. */
  #notBefore = -Infinity;
  readonly #places = new Places();
  /** Requests that were served. */
  #served = 0;

  constructor(options: RetryOptions, clock: Clock) {
    this.#options = { ...RETRIES, ...options };
    this.#clock = clock;
  }

  /**
   * Tries until it succeeds, fails for good, or has been tried often enough.
   *
   * Waits are drawn between nothing and a bound that doubles, so that clients who failed together
   * do not come back together.
   * @param safe whether doing it twice does no more than once. What is not safe is tried again only
   * if the server has refused to begin with it.
   * @throws {ClipClientError} of the last try; what else `attempt` throws, at once; the signal's
   * reason.
   */
  async run<T>(
    attempt: () => Promise<T>,
    { safe, signal }: { safe: boolean; signal: AbortSignal },
  ): Promise<T> {
    const { retries, baseMs, maxMs } = this.#options;
    let served = this.#served;
    for (let tried = 0;; tried++) {
      await this.#keepAway(tried, signal);
      try {
        return await this.#attempt(attempt, signal);
      } catch (thrown) {
        signal.throwIfAborted();
        if (!(thrown instanceof ClipClientError)) throw thrown;
        // Others are served meanwhile: its turn will come.
        if (wasNotTaken(thrown) && served !== this.#served) tried = 0;
        served = this.#served;
        const { retryAfterMs } = thrown;
        if (retryAfterMs !== undefined) {
          this.#notBefore = Math.max(this.#notBefore, this.#clock.now() + retryAfterMs);
        }
        const again = safe ? isPassing(thrown) : wasNotTaken(thrown);
        if (!again || tried >= retries) throw thrown;
        if (retryAfterMs === undefined) {
          const bound = Math.min(maxMs, baseMs * 2 ** tried);
          await this.#clock.sleep(this.#clock.random() * bound, signal);
        }
      }
    }
  }

  async #attempt<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#places.take(signal);
    try {
      const result = await attempt();
      this.#served++;
      this.#places.served();
      return result;
    } catch (thrown) {
      if (thrown instanceof ClipClientError && wasNotTaken(thrown)) this.#places.refused();
      throw thrown;
    } finally {
      this.#places.leave();
    }
  }

  /** Waits until the server may be asked; those who wait for the same moment are spread behind it. */
  async #keepAway(tried: number, signal: AbortSignal): Promise<void> {
    const { baseMs, maxMs } = this.#options;
    for (;;) {
      const ms = this.#notBefore - this.#clock.now();
      if (ms <= 0) return;
      const spread = this.#clock.random() * Math.min(maxMs, baseMs * 2 ** tried);
      await this.#clock.sleep(ms + spread, signal);
    }
  }
}
