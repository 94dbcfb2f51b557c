/**
 * How much the requests of one key may be: so many documents a second, and so many inside at a time.
 * Whole requests beyond it are refused at once, with the time after which there is room; a stream's
 * next message waits, and nothing behind it is read.
 */
import { ClipError } from "../../errors.ts";
import type { RequestWatch } from "../../telemetry/request_observer.ts";
import { Turns } from "../../turns.ts";
import { CallWatch, StreamWatch } from "./charged_watch.ts";
import type { Clock } from "./clock.ts";
import { TokenBucket } from "./token_bucket.ts";

/** Messages of streams that wait may hold so much, and one of each stream: no more are read then. */
const WAITING_BYTES = 16 * 2 ** 20;

/** The bounds; what is undefined is none. */
export interface AllowanceLimits {
  /** Documents a second. */
  rate: number | undefined;
  /** Documents that may come at once. */
  burst: number | undefined;
  /** Documents inside at one time. */
  inside: number | undefined;
}

/** What a key may still do. */
export class Allowance {
  readonly #name: string;
  readonly #limits: AllowanceLimits;
  readonly #clock: Clock;
  readonly #bucket: TokenBucket | undefined;
  /** Streams that may not read their next message yet, and those that have read it. */
  readonly #readers = new Turns();
  readonly #entries = new Turns();
  #inside = 0;
  #waitingBytes = 0;
  /** How many documents a message of a stream holds is being found out. */
  #deciding = false;
  #forgetWake: (() => void) | undefined;

  /** @param name of the key, for errors. */
  constructor(name: string, limits: AllowanceLimits, clock: Clock) {
    this.#name = name;
    this.#limits = limits;
    this.#clock = clock;
    const { rate, burst = Math.max(1, rate ?? 0) } = limits;
    if (rate !== undefined) this.#bucket = new TokenBucket(rate, burst, clock.now);
  }

  /** Refuses what would be refused whatever it holds. @throws {ClipError} as `take`. */
  requireRoom(): void {
    this.#require(1);
  }

  /** Follows a whole request, which is charged when it has been read. */
  call(watch: RequestWatch): CallWatch {
    return new CallWatch(watch, this);
  }

  /** Follows a stream; `end` it. */
  stream(): StreamAllowance {
    return new StreamAllowance(this);
  }

  /**
   * Charges a whole request.
   * @throws {ClipError} "rate_limited" if it is too much; then nothing was charged.
   */
  take(documents: number): void {
    if (documents > 0) this.#require(documents);
    this.charge(documents);
  }

  /** Charges a message that is let in already. */
  charge(documents: number): void {
    this.#bucket?.take(documents);
    this.#inside += documents;
  }

  /** A request has ended that was charged. */
  leave(documents: number): void {
    this.#inside -= documents;
    if (documents > 0) this.#entries.proceed();
  }

  /** Waits until a stream may read on. @throws {ClipError} the signal's reason. */
  async room(signal: AbortSignal): Promise<void> {
    await this.#readers.wait(() => this.#waitingBytes < WAITING_BYTES || undefined, signal);
  }

  /**
   * Waits until a message of a stream may be worked on. One at a time: how many documents it holds is
   * known only when it is decoded.
   * @param bytes that it holds meanwhile.
   * @returns to be called once when that is known, or the message is given up.
   * @throws {ClipError} the signal's reason.
   */
  async enter(bytes: number, signal: AbortSignal): Promise<() => void> {
    this.#waitingBytes += bytes;
    try {
      return await this.#turn(signal);
    } finally {
      this.#waitingBytes -= bytes;
      this.#readers.proceed();
    }
  }

  #turn(signal: AbortSignal): Promise<() => void> {
    return this.#entries.wait(() => {
      if (this.#deciding || !this.#isOpen()) return undefined;
      this.#deciding = true;
      let decided = false;
      return () => {
        if (decided) return;
        decided = true;
        this.#deciding = false;
        this.#entries.proceed();
      };
    }, signal);
  }

  /** Wakes nobody any more. */
  close(): void {
    this.#forgetWake?.();
    this.#forgetWake = undefined;
  }

  #require(documents: number): void {
    const { rate, inside } = this.#limits;
    const waitMs = this.#bucket?.waitMs(documents) ?? 0;
    if (waitMs > 0) {
      throw new ClipError(
        "rate_limited",
        `The key '${this.#name}' may send ${rate} documents a second ('rate'): send again in ` +
          `${(waitMs / 1000).toFixed(1)} s`,
        { retryAfterMs: waitMs },
      );
    }
    // What comes when nothing of it is inside is taken, however large: it could never be served else.
    if (inside !== undefined && this.#inside > 0 && this.#inside + documents > inside) {
      throw new ClipError(
        "rate_limited",
        `The key '${this.#name}' has ${this.#inside} documents inside and may have ${inside} ` +
          "('share'): send again later",
      );
    }
  }

  /** Whether a message more may come; if that is a matter of time, those who wait are woken then. */
  #isOpen(): boolean {
    const { inside } = this.#limits;
    if (inside !== undefined && this.#inside > 0 && this.#inside >= inside) return false;
    const waitMs = this.#bucket?.waitMs(1) ?? 0;
    if (waitMs === 0) return true;
    this.#forgetWake ??= this.#clock.wake(waitMs, () => {
      this.#forgetWake = undefined;
      this.#entries.proceed();
    });
    return false;
  }
}

/** One stream under an allowance. */
export class StreamAllowance {
  readonly #allowance: Allowance;
  #decided: (() => void) | undefined;

  constructor(allowance: Allowance) {
    this.#allowance = allowance;
  }

  /** Waits until the stream may read on. @throws {ClipError} the signal's reason. */
  room(signal: AbortSignal): Promise<void> {
    return this.#allowance.room(signal);
  }

  /** Waits until the message that was read may be worked on. @throws {ClipError} as `room`. */
  async enter(bytes: number, signal: AbortSignal): Promise<void> {
    this.#decided = await this.#allowance.enter(bytes, signal);
  }

  /** Follows the message that was let in last. */
  call(watch: RequestWatch): RequestWatch {
    const decided = this.#decided;
    this.#decided = undefined;
    return new StreamWatch(watch, this.#allowance, () => decided?.());
  }

  /** The stream has ended, perhaps with a message let in that nobody works on. */
  end(): void {
    this.#decided?.();
  }
}
