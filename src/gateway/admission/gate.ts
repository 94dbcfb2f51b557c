/**
 * The gate: `prefetch` requests at most are inside the flow at one time. Streams wait before they
 * read the next message, which is what slows their clients down; unary calls are told to come again.
 */
import { ClipError } from "../../errors.ts";
import { Turns } from "../../turns.ts";

/** Of this many places one is kept from streams, which would fill any number of them. */
const PLACES_PER_RESERVED = 10;

/** Lets requests in and out. */
export class Gate {
  readonly limit: number;
  readonly #streamLimit: number;
  readonly #turns = new Turns();
  #inside = 0;

  /** @param limit requests inside at one time; 0 for no limit. */
  constructor(limit: number) {
    this.limit = limit > 0 ? limit : Infinity;
    this.#streamLimit = limit > 0 ? limit - Math.floor(limit / PLACES_PER_RESERVED) : Infinity;
  }

  /** Requests inside. */
  get inside(): number {
    return this.#inside;
  }

  /** Whether a request that came now would have to wait. */
  get full(): boolean {
    return this.#inside >= this.limit;
  }

  /**
   * Lets a request in at once; the returned function lets it out, once.
   * @throws {ClipError} "overloaded" when the gate is full.
   */
  tryEnter(): () => void {
    if (this.full) {
      throw new ClipError(
        "overloaded",
        `${this.#inside} requests are in work, as many as 'prefetch' allows: send again later`,
      );
    }
    return this.#enter();
  }

  /**
   * Waits until there is room for a stream's request. A tenth of the places is left to unary calls,
   * which cannot wait.
   * @throws {ClipError} the signal's reason if it fires first.
   */
  enter(signal?: AbortSignal): Promise<() => void> {
    return this.#turns.wait(
      () => this.#inside < this.#streamLimit ? this.#enter() : undefined,
      signal,
    );
  }

  #enter(): () => void {
    this.#inside++;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#inside--;
      this.#turns.proceed();
    };
  }
}
