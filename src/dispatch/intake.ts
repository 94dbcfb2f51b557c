/** What the engine takes in, and what it refuses: the bounds held against what waits and how long. */
import type { ClipError } from "../errors.ts";
import type { EncodeItem, Modality } from "../model/item.ts";
import type { EngineObserver } from "../telemetry/engine_observer.ts";
import { itemBytes } from "./job.ts";
import { QueueBounds, type Queued, type QueueLimits, type Rejection } from "./queue_bounds.ts";
import { WaitingTime, workOf } from "./waiting_time.ts";

const MODALITIES: readonly Modality[] = ["text", "image"];

/**
 * A modality is taken to be asked for as long as this after it last was. Long, for who asks for it once
 * a minute is refused unread else, beside a rush for the other one.
 */
const ASKED_MS = 600_000;

/** Of the requests that would be refused unread one is read so often, to see what it asks for. */
const LOOK_MS = 100;

/** What bounds the intake. */
export interface IntakeOptions extends QueueLimits {
  replicas: number;
  minibatchSize: number;
  observer: EngineObserver;
}

/** What is inside already. */
export interface EngineQueue {
  readonly queued: Queued;
  /** Tokens that the model cuts texts to; 0 if all texts cost it the same. */
  readonly tokens: number;
  /** Where a flow's next item would stand; without a flow a newcomer's. */
  place(modality: Modality, flow: object | undefined): number;
}

/** Decides who comes in. */
export class Intake {
  /** How long one would wait. */
  readonly time: WaitingTime;
  readonly #bounds: QueueBounds;
  readonly #observer: EngineObserver;
  readonly #queue: EngineQueue;
  readonly #now: () => number;
  /** When items of a modality last came, taken or not. */
  readonly #askedAt: Record<Modality, number> = { text: -Infinity, image: -Infinity };
  #lookedAt = -Infinity;
  /** Items that fill the next minibatches. */
  readonly #full: number;
  /**
   * Items that streams may bring though they would wait too long: as many as calls have brought. Calls
   * may wait twice as long, so where they come without end there would never be room for a stream.
   */
  readonly #owed: Record<Modality, number> = { text: 0, image: 0 };

  /** @param now a clock in milliseconds. */
  constructor(
    options: IntakeOptions,
    queue: EngineQueue,
    now: () => number = () => performance.now(),
  ) {
    this.#now = now;
    this.time = new WaitingTime(options.replicas, now);
    this.#full = options.replicas * options.minibatchSize;
    this.#bounds = new QueueBounds(options, this.#full);
    this.#observer = options.observer;
    this.#queue = queue;
  }

  /** Milliseconds that so much work of a flow, by default of a new one, would wait for others. */
  expected(modality: Modality, work = 1, flow?: object): number {
    return this.time.expected(modality, this.#queue.place(modality, flow), work);
  }

  /**
   * Milliseconds that the next item would wait, of the modality that waits less: which one it is of
   * is not known before a request has been read. 0 while nothing is known.
   */
  get waitMs(): number {
    const now = this.#now();
    const asked = MODALITIES.filter((modality) => now - this.#askedAt[modality] < ASKED_MS);
    return asked.length === 0 ? 0 : Math.min(...asked.map((modality) => this.expected(modality)));
  }

  /**
   * Why a request would be refused now, whatever it holds; undefined if it may be taken. Now and then
   * one is let pass all the same, so that a modality that was not asked for in a while is seen.
   */
  refusal(): ClipError | undefined {
    const rejection = this.#rejectionUnread;
    if (!rejection) return undefined;
    const now = this.#now();
    if (rejection.reason === "wait" && now - this.#lookedAt >= LOOK_MS) {
      this.#lookedAt = now;
      return undefined;
    }
    return rejection.error;
  }

  /** A request was refused unread, by `refusal`. */
  refusedUnread(): void {
    const rejection = this.#rejectionUnread;
    if (rejection) this.#observer.rejected(1, rejection.reason);
  }

  get #rejectionUnread(): Rejection | undefined {
    return this.#bounds.reject(this.#queue.queued, { items: 1, bytes: 1 }, () => this.waitMs);
  }

  /** Whether a stream may be read. */
  get roomy(): boolean {
    const { queued } = this.#queue;
    return this.#bounds.roomy(queued, () => this.waitMs) ||
      (MODALITIES.some((modality) => this.#owed[modality] > 0) &&
        this.#bounds.holds(queued, { items: 1, bytes: 1 }));
  }

  /** Whether a stream has brought so much that more of it would wait for too long behind that. */
  behind(flow: object): boolean {
    const { queued } = this.#queue;
    return MODALITIES.some((modality) =>
      !this.#bounds.soon(queued, () => this.expected(modality, 1, flow))
    );
  }

  /** Whether what a stream has brought may go in. @param modality what most of it is. */
  fits(more: Queued, modality: Modality): boolean {
    const { queued } = this.#queue;
    return this.#bounds.fits(queued, more, () => this.expected(modality)) ||
      (this.#owed[modality] >= Math.min(more.items, this.#full) &&
        this.#bounds.holds(queued, more));
  }

  /**
   * Takes items in.
   * @param bounded whether they may be refused: those of a call. A stream's do not come before they
   * fit.
   * @throws {ClipError} "overloaded".
   */
  take(items: readonly EncodeItem[], bounded: boolean, flow: object | undefined): void {
    const work: Record<Modality, number> = { text: 0, image: 0 };
    const count: Record<Modality, number> = { text: 0, image: 0 };
    for (const item of items) {
      work[item.modality] += workOf(item, this.#queue.tokens);
      count[item.modality]++;
    }
    const now = this.#now();
    const { queued } = this.#queue;
    const asked = MODALITIES.filter((modality) => count[modality] > 0);
    for (const modality of asked) {
      this.#askedAt[modality] = now;
      if (!bounded && !this.#bounds.soon(queued, () => this.expected(modality))) {
        this.#owed[modality] -= count[modality];
      }
    }
    if (!bounded) return;
    const wait = () =>
      Math.max(0, ...asked.map((modality) => this.expected(modality, work[modality], flow)));
    const rejection = this.#bounds.reject(queued, amountOf(items), wait);
    if (rejection) {
      this.#observer.rejected(items.length, rejection.reason);
      throw rejection.error;
    }
    for (const modality of MODALITIES) {
      this.#owed[modality] = Math.min(this.#full, this.#owed[modality] + count[modality]);
    }
  }
}

/** How much items are. */
export function amountOf(items: readonly EncodeItem[]): Queued {
  return {
    items: items.length,
    bytes: items.reduce((sum, item) => sum + itemBytes(item), 0),
  };
}
