/** The items of one request inside the engine, and what has become of them. */
import type { EncodeItem, EncodeResult } from "../model/item.ts";
import type { Job, Waiter } from "./job.ts";

/** Collects results. */
export class ItemsOfRequest {
  readonly items: readonly EncodeItem[];
  /** The jobs that it waits for, or has waited for. */
  readonly claims: { job: Job; waiter: Waiter }[] = [];
  /** Resolves when every item has its result. */
  readonly results: Promise<EncodeResult[]>;
  readonly #results: EncodeResult[];
  readonly #resolve: (results: EncodeResult[]) => void;
  readonly #reject: (reason: unknown) => void;
  #missing: number;
  #ended = false;

  /** @param items one or more. */
  constructor(items: readonly EncodeItem[]) {
    const { promise, resolve, reject } = Promise.withResolvers<EncodeResult[]>();
    this.items = items;
    this.results = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#results = new Array<EncodeResult>(items.length);
    this.#missing = items.length;
  }

  /** Whether nobody waits for results any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** An item has its result. */
  settle(index: number, result: EncodeResult): void {
    this.#results[index] = result;
    if (--this.#missing > 0) return;
    this.#ended = true;
    this.#resolve(this.#results);
  }

  /** The request as a whole fails. */
  fail(reason: unknown): void {
    this.#ended = true;
    this.#reject(reason);
  }
}
