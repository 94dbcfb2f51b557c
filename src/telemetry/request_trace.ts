/** What became of one request's items inside, for those who look for where its time went. */
import type { ErrorKind } from "../errors.ts";
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

/** When an item was where, in milliseconds of `performance.now()`: the engine's own record of it. */
export interface ItemCourse {
  readonly item: { readonly modality: Modality };
  readonly arrivedAt: number;
  /** 0 if it was not prepared. */
  readonly preparedAt: number;
  readonly prepareMs: number;
  /** 0 if it was not computed. */
  readonly computedAt: number;
  readonly computeMs: number;
  /** Which replica computed it; how many items its minibatch had, and their share of the largest. */
  readonly replica: number;
  readonly minibatch: number;
  readonly fill: number;
}

/** A stretch of a request's time, outside the engine. */
export type StageName = "admission" | "fetch" | "index";

/** What is to be known of a stage, beside its time. */
export interface StageDetails {
  /** Why it ended without success. */
  error?: ErrorKind | undefined;
  /** How many things it was about. */
  count?: number | undefined;
  /** Whose work it was. */
  executor?: string | undefined;
  /** When it ended; by default now. */
  ended?: number | undefined;
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

  /** An item was computed. @param _course for those who draw it. */
  computed(times: ItemTimes, _course?: ItemCourse): void {
    this.#last = times;
  }

  /**
   * A stage has ended, well or not. Whoever wants it drawn looks at the clock, nobody else.
   * @param _began milliseconds of `performance.now()`.
   */
  stage(_name: StageName, _began: number, _details?: StageDetails): void {}

  /** An executor begins to embed. @returns who is to hear about its items, until `encoded`. */
  encoding(_executor: string, _model: string, _items: number): RequestTrace {
    return this;
  }

  /** It has ended. @param _error why without success. */
  encoded(_error?: ErrorKind): void {}

  /** Of W3C Trace Context, for servers that are asked on behalf of the request. */
  get traceparent(): string | undefined {
    return undefined;
  }
}
