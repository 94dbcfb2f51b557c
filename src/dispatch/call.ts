/** One request at the encoder's door: whom its outcome goes to, and what of it is not there yet. */
import type { EncodeResult } from "../model/item.ts";
import type { Job, Waiter } from "./job.ts";

/** Gathers the results of a request's items. */
export class Call {
  /** Resolves with a result for each item, in their order. */
  readonly outcome: Promise<EncodeResult[]>;
  /** Ends it without them; the first end counts. */
  readonly fail: (reason: unknown) => void;
  /** The jobs that it waits for. */
  readonly claims: { job: Job; waiter: Waiter }[] = [];
  readonly #results: EncodeResult[];
  readonly #resolve: (results: EncodeResult[]) => void;
  #missing: number;

  /** @param items how many, at least one. */
  constructor(items: number) {
    const { promise, resolve, reject } = Promise.withResolvers<EncodeResult[]>();
    this.outcome = promise;
    this.fail = reject;
    this.#resolve = resolve;
    this.#results = new Array<EncodeResult>(items);
    this.#missing = items;
  }

  /** The outcome of an item is here. */
  settle(index: number, result: EncodeResult): void {
    this.#results[index] = result;
    if (--this.#missing === 0) this.#resolve(this.#results);
  }
}
