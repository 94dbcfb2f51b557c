/** How much may wait inside the engine: by number, by bytes, and by the time that it would take. */
import { ClipError } from "../errors.ts";
import type { RejectionReason } from "../telemetry/engine_observer.ts";

/** Of the bounds on what waits, streams leave this share to calls, which cannot wait outside. */
const STREAM_SHARE = 0.5;

/** The bounds. */
export interface QueueLimits {
  /** Most items that may wait. */
  maxQueue: number;
  /** Most bytes that items inside may hold. */
  maxQueueBytes: number;
  /** Longest time that an item may be expected to wait, milliseconds; 0 for no bound. */
  maxWaitMs: number;
}

/** Works out how long one would wait, milliseconds: asked only where that decides. */
export type Wait = () => number;

const NO_WAIT: Wait = () => 0;

/** How much there is. */
export interface Queued {
  /** Items that wait. */
  items: number;
  /** Bytes that items inside hold. */
  bytes: number;
}

/** Why there is no room, and what to tell the client. */
export interface Rejection {
  reason: RejectionReason;
  error: ClipError;
}

/** Keeps to the bounds. */
export class QueueBounds {
  readonly #limits: QueueLimits;
  readonly #full: number;

  /** @param full items that fill the next minibatches: so many of streams may wait, however long. */
  constructor(limits: QueueLimits, full = 1) {
    this.#limits = limits;
    this.#full = full;
  }

  /**
   * Why more is not taken; undefined if it is. What comes when nothing waits is always taken, however
   * large it is: it could never be served else.
   * @param wait how long it would wait for what is there.
   */
  reject(now: Queued, more: Queued, wait: Wait): Rejection | undefined {
    if (now.items === 0) return undefined;
    const { maxQueue, maxQueueBytes, maxWaitMs } = this.#limits;
    const reject = (reason: RejectionReason, text: string, waitMs = wait()) => {
      const message = `${text}: send again later`;
      const retryAfterMs = waitMs > 0 ? { retryAfterMs: waitMs } : {};
      return { reason, error: new ClipError("overloaded", message, retryAfterMs) };
    };
    if (now.items + more.items > maxQueue) {
      return reject("items", `The queue is full (${now.items} of ${maxQueue} items wait)`);
    }
    if (now.bytes + more.bytes > maxQueueBytes) {
      return reject("bytes", `The queue is full (${now.bytes} of ${maxQueueBytes} bytes wait)`);
    }
    if (maxWaitMs === 0) return undefined;
    const waitMs = wait();
    if (waitMs <= maxWaitMs) return undefined;
    const seconds = (waitMs / 1000).toFixed(1);
    return reject(
      "wait",
      `The queue is full (a wait of ${seconds} s, ${
        maxWaitMs / 1000
      } are allowed by 'max_wait_ms')`,
      waitMs,
    );
  }

  /**
   * Whether there is room for what a stream has brought, however long it would wait. What is more
   * than the share of streams goes in where that would: the queue is hardly ever empty for it.
   */
  holds(now: Queued, more: Queued): boolean {
    const { maxQueue, maxQueueBytes } = this.#limits;
    const items = Math.min(more.items, STREAM_SHARE * maxQueue);
    const bytes = Math.min(more.bytes, STREAM_SHARE * maxQueueBytes);
    return !this.reject(now, { items, bytes }, NO_WAIT);
  }

  /** Whether what a stream has brought may go in, where it would wait for `wait`. */
  fits(now: Queued, more: Queued, wait: Wait): boolean {
    return this.soon(now, wait) && this.holds(now, more);
  }

  /** Whether a stream may bring more, which would wait for `wait`. */
  roomy(now: Queued, wait: Wait): boolean {
    const { maxQueue, maxQueueBytes } = this.#limits;
    return now.items < STREAM_SHARE * maxQueue && now.bytes < STREAM_SHARE * maxQueueBytes &&
      this.soon(now, wait);
  }

  /**
   * Whether a wait is short enough for what a stream brings; any is while less than the next
   * minibatches waits.
   */
  soon(now: Queued, wait: Wait): boolean {
    const { maxWaitMs } = this.#limits;
    return maxWaitMs === 0 || now.items < this.#full || wait() <= STREAM_SHARE * maxWaitMs;
  }
}
