/** What became of one request's items inside, for those who look for where its time went. */
import type { Modality } from "../model/item.ts";

/** Milliseconds of an item inside the engine. */
export interface ItemTimes {
  /** Standing in line: before preparing, and for a replica afterwards. */
  queueMs: number;
  /** Of the task that prepared it, with others perhaps. */
  preprocessMs: number;
  /** Of the minibatch that it was computed in. */
  computeMs: number;
}

/** Gathers what is told of a request. Made only if somebody wants to know. */
export class RequestTrace {
  readonly #items: Record<Modality | "uri", number> = { text: 0, image: 0, uri: 0 };
  #cached = 0;
  #missed = 0;
  #joined = 0;
  #failed = 0;
  #last: ItemTimes | undefined;

  /** Items by kind; an image behind a URI is none of the images. */
  get items(): Readonly<Record<Modality | "uri", number>> {
    return this.#items;
  }

  /** Items whose embedding was known already. */
  get cached(): number {
    return this.#cached;
  }

  /** Items that were not in the cache; 0 if there is none. */
  get missed(): number {
    return this.#missed;
  }

  /** Items that were under way already, for somebody else or this request. */
  get joined(): number {
    return this.#joined;
  }

  /** Documents without an embedding. */
  get failed(): number {
    return this.#failed;
  }

  /** Times of the item that was computed last, which is what the others waited for. */
  get last(): ItemTimes | undefined {
    return this.#last;
  }

  /** An item of a kind came with the request. */
  item(kind: Modality | "uri"): void {
    this.#items[kind]++;
  }

  /** An item's embedding was in the cache. */
  hit(): void {
    this.#cached++;
  }

  /** An item's embedding was looked for in the cache, and was not there. */
  miss(): void {
    this.#missed++;
  }

  /** An equal item was under way. */
  join(): void {
    this.#joined++;
  }

  /** A document has no embedding. */
  fail(): void {
    this.#failed++;
  }

  /** An item was computed. */
  computed(times: ItemTimes): void {
    this.#last = times;
  }
}
