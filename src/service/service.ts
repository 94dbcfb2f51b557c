/**
 * What requests mean, whatever dialect and transport brought them: items are embedded by an
 * executor, or ranked against each other, within the flow's time and number.
 */
import { type Deadline, withDeadline } from "../deadline.ts";
import { inSlices, type Sliced, Slices } from "../encoding/slices.ts";
import { ClipError, type ErrorKind } from "../errors.ts";
import type { EncodeItem, EncodeResult } from "../model/item.ts";
import type { TokenUsage } from "../model/token_usage.ts";
import { NO_REQUEST_OBSERVER, type RequestObserver } from "../telemetry/request_observer.ts";
import type { RequestTrace } from "../telemetry/request_trace.ts";
import type { Executor, ExecutorTable } from "./executors.ts";
import { IndexerTable } from "./indexers.ts";
import type { RequestItem } from "./item.ts";
import { rank, type RankScore, type Similarity, SOFTMAX } from "./rank.ts";
import type { FetchedBytes } from "./uri/fetched_bytes.ts";
import { fetchItems } from "./uri/fetch_items.ts";
import type { UriLoader } from "./uri/load_uri.ts";

/** How requests are served. */
export interface ServiceOptions {
  executors: ExecutorTable;
  /** What keeps documents; default: nothing does. */
  indexers?: IndexerTable;
  uris: Pick<UriLoader, "load">;
  /** What fetched files may hold. */
  fetched: FetchedBytes;
  /** Longest time of a request, milliseconds; 0 for no limit. */
  timeoutMs: number;
  /** Hears what executors have served. */
  observer?: RequestObserver;
}

/** Who asks. */
export interface CallContext {
  /** Fires when the client has gone or its deadline has passed. */
  signal: AbortSignal;
  /** The stream that the request came by: one flow, in terms of fairness. */
  flow?: object;
  /** Wait for room in the engine's queue instead of failing with "overloaded". */
  wait?: boolean;
  /** Wants to hear what becomes of the items. */
  trace?: RequestTrace | undefined;
  /** Wants to hear how many tokens the texts are. */
  usage?: TokenUsage | undefined;
}

/** One query, and what is to be ordered by its nearness to it. */
export interface RankGroup {
  query: RequestItem;
  candidates: readonly RequestItem[];
}

/** What a group came to. */
export interface RankedGroup {
  query: EncodeResult;
  candidates: readonly EncodeResult[];
  /** Best first; undefined if the query or a candidate has no embedding. */
  ranking: RankScore[] | undefined;
}

/** Serves requests. */
export class Service {
  /** The indexers that requests choose from. */
  readonly indexers: IndexerTable;
  readonly #options: ServiceOptions;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.indexers = options.indexers ?? new IndexerTable();
  }

  /** The executors that requests choose from. */
  get executors(): ExecutorTable {
    return this.#options.executors;
  }

  /** Hears what executors have served; dialects tell it, for they know what is one request. */
  get observer(): RequestObserver {
    return this.#options.observer ?? NO_REQUEST_OBSERVER;
  }

  /**
   * Embeds items.
   * @returns per item its embedding, float32 `[D]`, not normalised and not to be changed; or why
   * this item has none.
   * @throws {ClipError} what is not an item's own fault: overload, deadline, cancellation.
   */
  async encode(
    items: readonly RequestItem[],
    executor: Executor,
    context: CallContext,
  ): Promise<EncodeResult[]> {
    return await this.inTime(context, (timed) => this.#encode(items, executor, timed));
  }

  /**
   * Does what may take several steps within the time of one request.
   * @param work is given a context whose signal fires at the end of that time too.
   * @throws {ClipError} "deadline" if its signal fired so; what the work throws.
   */
  async inTime<T>(
    context: CallContext,
    work: (context: CallContext) => Promise<T>,
  ): Promise<T> {
    const deadline = this.#deadline(context.signal);
    try {
      return await work({ ...context, signal: deadline?.signal ?? context.signal });
    } finally {
      deadline?.clear();
    }
  }

  /**
   * Embeds queries and their candidates, and orders the candidates of each by nearness.
   * @throws {ClipError} as `encode`.
   */
  async rank(
    groups: readonly RankGroup[],
    executor: Executor,
    context: CallContext,
  ): Promise<RankedGroup[]> {
    const items: RequestItem[] = [];
    for (const { query, candidates } of groups) {
      items.push(query);
      for (const candidate of candidates) items.push(candidate);
    }
    const results = await this.encode(items, executor, context);
    const similarity = executor.similarity ?? SOFTMAX;
    return await inSlices(function* (slices) {
      const ranked: RankedGroup[] = [];
      let next = 0;
      for (const { candidates: { length } } of groups) {
        const query = results[next++]!;
        const candidates = results.slice(next, next += length);
        ranked.push({
          query,
          candidates,
          ranking: yield* ranking(query, candidates, similarity, slices),
        });
        if (slices.spent(ITEM_UNITS)) yield;
      }
      return ranked;
    }, context.signal);
  }

  #encode(
    items: readonly RequestItem[],
    executor: Executor,
    context: CallContext,
  ): Promise<EncodeResult[]> {
    const { trace } = context;
    return trace === undefined
      ? this.#embed(items, executor, context)
      : this.#encodeTraced(items, executor, context, trace);
  }

  async #encodeTraced(
    items: readonly RequestItem[],
    executor: Executor,
    context: CallContext,
    trace: RequestTrace,
  ): Promise<EncodeResult[]> {
    const encoding = trace.encoding(executor.name, executor.models[0] ?? "", items.length);
    let error: ErrorKind | undefined;
    try {
      const inner = encoding === trace ? context : { ...context, trace: encoding };
      return await this.#embed(items, executor, inner);
    } catch (thrown) {
      error = ClipError.wrap(thrown).kind;
      throw thrown;
    } finally {
      encoding.encoded(error);
    }
  }

  async #embed(
    items: readonly RequestItem[],
    executor: Executor,
    context: CallContext,
  ): Promise<EncodeResult[]> {
    const results = new Array<EncodeResult>(items.length);
    const good: EncodeItem[] = [];
    /** Where the results of `good` belong. */
    const places: number[] = [];
    const keep = (place: number, item: EncodeItem | ClipError) => {
      if (item instanceof ClipError) results[place] = item;
      else {
        places.push(place);
        good.push(item);
      }
    };
    /** Where the items of a URI belong. */
    const uris = new Map<string, number[]>();
    const slices = new Slices();
    for (const [place, item] of items.entries()) {
      if (item instanceof ClipError) keep(place, item);
      else if ("uri" in item) {
        const same = uris.get(item.uri);
        if (same) same.push(place);
        else uris.set(item.uri, [place]);
      } else if ("text" in item) keep(place, { modality: "text", text: item.text });
      else keep(place, { modality: "image", ...item });
      if (context.trace) tellKind(context.trace, item);
      if (slices.spent(ITEM_UNITS)) await slices.breathe();
    }
    const share = this.#options.fetched.open();
    try {
      if (uris.size > 0) {
        const { observer } = this;
        const { signal, trace } = context;
        const fetches = { uris: this.#options.uris, share, observer, signal, trace };
        await fetchItems(uris, fetches, keep);
      }
      const embedded = await executor.encoder.encode(good, context);
      embedded.forEach((result, i) => results[places[i]!] = result);
      return results;
    } finally {
      share.release();
    }
  }

  /** The flow's own time limit; undefined for none. */
  #deadline(signal: AbortSignal): Deadline | undefined {
    const { timeoutMs } = this.#options;
    if (timeoutMs <= 0) return undefined;
    return withDeadline(signal, timeoutMs, () => {
      const text = `The request was not done within ${timeoutMs} ms ('timeout_send')`;
      return new ClipError("deadline", text);
    });
  }
}

/** Units of work of an item that is handed on. */
const ITEM_UNITS = 100;

function tellKind(trace: RequestTrace, item: RequestItem): void {
  if (item instanceof ClipError) return;
  trace.item("uri" in item ? "uri" : "text" in item ? "text" : "image");
}

function* ranking(
  query: EncodeResult,
  candidates: readonly EncodeResult[],
  similarity: Similarity,
  slices: Slices,
): Sliced<RankScore[] | undefined> {
  if (query instanceof ClipError) return undefined;
  const embeddings: Float32Array[] = [];
  for (const candidate of candidates) {
    if (candidate instanceof ClipError) return undefined;
    embeddings.push(candidate);
  }
  return yield* rank(query, embeddings, similarity, slices);
}
