/**
 * The gate: `prefetch` requests at most are inside the flow at one time; the others wait before it in
 * the order of their coming. Streams wait before they read the next message, which is what slows
 * their clients down; of whole requests no more wait than can be let in in time.
 */
import { BusyRate } from "../../busy_rate.ts";
import { ClipError } from "../../errors.ts";
import { Turns } from "../../turns.ts";

/** Of this many places one is kept from streams, which would fill any number of them. */
const PLACES_PER_RESERVED = 10;

/** Bounds on the whole requests that wait. */
export interface GateLimits {
  /** Most of them. */
  maxWaiting: number;
  /** Longest that one may be expected to wait, here and behind the gate, milliseconds; 0 for any. */
  maxWaitMs: number;
}

/** Lets requests in and out. */
export class Gate {
  readonly limit: number;
  readonly #streamLimit: number;
  readonly #limits: GateLimits;
  readonly #streams = new Turns();
  readonly #calls = new Turns();
  /** Who is asked first when a place comes free; they take turns. */
  #callsFirst = true;
  /** How fast places come free while somebody waits for one. */
  readonly #rate: BusyRate;
  #inside = 0;
  /** Requests of streams among them. */
  #ofStreams = 0;

  /**
   * @param limit requests inside at one time; 0 for no limit.
   * @param now a clock in milliseconds.
   */
  constructor(
    limit: number,
    limits: GateLimits = { maxWaiting: Infinity, maxWaitMs: 0 },
    now?: () => number,
  ) {
    this.limit = limit > 0 ? limit : Infinity;
    this.#streamLimit = limit > 0 ? limit - Math.floor(limit / PLACES_PER_RESERVED) : Infinity;
    this.#limits = limits;
    this.#rate = new BusyRate(now);
  }

  /** Requests inside. */
  get inside(): number {
    return this.#inside;
  }

  /** Whole requests that wait for a place. */
  get waiting(): number {
    return this.#calls.length;
  }

  /** Whether a request that came now would have to wait. */
  get full(): boolean {
    return this.#inside >= this.limit;
  }

  /** Whether a stream's request that came now would have to wait. */
  get fullForStreams(): boolean {
    return !this.#roomy;
  }

  /**
   * Lets a whole request in when it is its turn; the returned function lets it out, once.
   * @param behindMs how long it will wait behind the gate.
   * @throws {ClipError} "overloaded", at once, if too many wait or it would wait for too long; the
   * signal's reason if it fires first.
   */
  async pass(signal: AbortSignal, behindMs: () => number = () => 0): Promise<() => void> {
    if (this.full || this.#calls.length > 0) this.#refuse(behindMs());
    if (this.full) this.#rate.busy = true;
    return await this.#calls.wait(() => this.full ? undefined : this.#enter(), signal);
  }

  /**
   * Waits until there is room for a stream's request. All streams together have nine tenths of the
   * places; what whole requests hold of them does not count, or while those wait without end no
   * stream would ever get in.
   * @throws {ClipError} the signal's reason if it fires first.
   */
  enter(signal?: AbortSignal): Promise<() => void> {
    return this.#streams.wait(
      () => this.#roomy ? this.#enterOfStream() : undefined,
      signal,
    );
  }

  /**
   * Waits until there would be room for a stream's request, and takes none.
   * @throws {ClipError} as `enter`.
   */
  async room(signal?: AbortSignal): Promise<void> {
    await this.#streams.wait(() => this.#roomy || undefined, signal);
  }

  /** Whether a stream's request would get in. */
  get #roomy(): boolean {
    return !this.full && this.#ofStreams < this.#streamLimit;
  }

  #refuse(behindMs: number): void {
    const { maxWaiting, maxWaitMs } = this.#limits;
    const waiting = this.#calls.length;
    const perMs = this.#rate.perMs;
    const waitMs = behindMs + (perMs === undefined ? 0 : (waiting + 1) / perMs);
    const late = maxWaitMs > 0 && waitMs > maxWaitMs;
    if (waiting < maxWaiting && !late) return;
    const seconds = (waitMs / 1000).toFixed(1);
    throw new ClipError(
      "overloaded",
      `${this.#inside} requests are in work, as many as 'prefetch' allows, and ${waiting} wait` +
        (late ? ` (${seconds} s, ${maxWaitMs / 1000} are allowed by 'max_wait_ms')` : "") +
        ": send again later",
      waitMs > 0 ? { retryAfterMs: waitMs } : {},
    );
  }

  #enterOfStream(): () => void {
    this.#ofStreams++;
    return this.#enter(() => this.#ofStreams--);
  }

  #enter(leave?: () => void): () => void {
    this.#inside++;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#inside--;
      leave?.();
      this.#left();
    };
  }

  #left(): void {
    this.#rate.done(1);
    // Of those that are let in by this; the last of them ends the measurement.
    this.#rate.busy = this.#calls.length + this.#streams.length > 1;
    const [first, second] = this.#callsFirst
      ? [this.#calls, this.#streams]
      : [this.#streams, this.#calls];
    this.#callsFirst = !this.#callsFirst;
    first.proceed();
    second.proceed();
  }
}
