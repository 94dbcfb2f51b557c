/** The indexer over any engine: nothing goes on to one that is not checked, bounded and measured. */
import { inSlices } from "../encoding/slices.ts";
import { ClipError } from "../errors.ts";
import type { IndexSettings } from "../flow/config.ts";
import {
  type IndexObserver,
  type IndexOperation,
  NO_INDEX_OBSERVER,
} from "../telemetry/index_observer.ts";
import { BACKUP_NAME, MAX_HITS, MAX_LIMIT, MAX_QUEUE_BYTES } from "./bounds.ts";
import type { Columns } from "./columns.ts";
import { distinctIds, possibleIds, toEntries, toEntry, toQueries } from "./document_checks.ts";
import type {
  IndexEngine,
  IndexEntry,
  IndexShape,
  IndexStatus,
  Metric,
  SearchHit,
  StoredDocument,
  Wanted,
} from "./engine.ts";
import type { Filter } from "./filter/filter.ts";
import { parseFilter } from "./filter/parse.ts";
import type { IndexDocument, Indexer, Listing, Search } from "./indexer.ts";
import { told } from "./told.ts";
import { WriteQueue } from "./write_queue.ts";

/** What an indexer is made of beside its engine. */
export interface CheckedIndexerOptions {
  name: string;
  /** The encoder whose embeddings it keeps. */
  encoder: string;
  /** What keeps the documents: `embedded`, `postgres`. */
  engine: string;
  shape: IndexShape;
  settings: IndexSettings;
  /** Bytes that the documents and embeddings of an answer may have. */
  maxAnswerBytes: number;
  observer?: IndexObserver;
  /** What clients are told of a fault, where its message names what is the server's own business. */
  told?: (message: string) => string;
}

/** An indexer. */
export class CheckedIndexer implements Indexer {
  readonly name: string;
  readonly encoder: string;
  readonly engine: string;
  readonly dimensions: number;
  readonly metric: Metric;
  readonly columns: Columns;
  readonly limit: number;
  readonly indexAccessPaths: string;
  readonly searchAccessPaths: string;
  readonly #engine: IndexEngine;
  readonly #shape: IndexShape;
  readonly #settings: IndexSettings;
  readonly #maxAnswerBytes: number;
  readonly #observer: IndexObserver;
  readonly #told: (message: string) => string;
  readonly #writes: WriteQueue;
  /** Requests in work that write no documents. */
  #others = 0;

  constructor(engine: IndexEngine, options: CheckedIndexerOptions) {
    const { shape, settings } = options;
    this.name = options.name;
    this.encoder = options.encoder;
    this.engine = options.engine;
    this.dimensions = shape.dimensions;
    this.metric = shape.metric;
    this.columns = shape.columns;
    this.limit = settings.limit;
    this.indexAccessPaths = settings.indexAccessPaths;
    this.searchAccessPaths = settings.searchAccessPaths;
    this.#engine = engine;
    this.#shape = shape;
    this.#settings = settings;
    this.#maxAnswerBytes = options.maxAnswerBytes;
    this.#observer = options.observer ?? NO_INDEX_OBSERVER;
    this.#told = options.told ?? ((message) => message);
    this.#writes = new WriteQueue({ documents: settings.maxQueue, bytes: MAX_QUEUE_BYTES });
  }

  get waiting(): number {
    return this.#writes.documents + this.#others;
  }

  fault(document: IndexDocument): ClipError | undefined {
    try {
      toEntry(document, this.#shape);
      return undefined;
    } catch (thrown) {
      return ClipError.wrap(thrown);
    }
  }

  index(documents: readonly IndexDocument[], signal: AbortSignal): Promise<void> {
    return this.#write("index", documents, signal, async (entries) => {
      if (entries.length > 0) await this.#engine.put(entries, signal);
    });
  }

  update(documents: readonly IndexDocument[], signal: AbortSignal): Promise<string[]> {
    return this.#write(
      "update",
      documents,
      signal,
      async (entries) => entries.length > 0 ? await this.#engine.update(entries, signal) : [],
    );
  }

  delete(ids: readonly string[], signal: AbortSignal): Promise<string[]> {
    return this.#other("delete", signal, () => ids.length, async () => {
      const { possible, impossible } = await inSlices(
        (slices) => distinctIds(ids, slices),
        signal,
      );
      const missing = possible.length > 0 ? await this.#engine.delete(possible, signal) : [];
      return impossible.length > 0 ? [...missing, ...impossible] : missing;
    });
  }

  search(search: Search, signal: AbortSignal): Promise<SearchHit[][]> {
    return this.#other("search", signal, () => search.queries.length, async () => {
      const limit = wholeNumber("limit", search.limit ?? this.limit, 1, MAX_LIMIT);
      const count = search.queries.length;
      if (count * limit > MAX_HITS) {
        const asked = `${count} queries with 'limit' ${limit} ask for ${count * limit} matches`;
        throw new ClipError("too_large", `${asked}; an answer has up to ${MAX_HITS}`);
      }
      const filter = this.#filter(search.filter);
      const queries = await inSlices(
        (slices) => toQueries(search.queries, this.#shape, slices),
        signal,
      );
      if (count === 0) return [];
      const wanted = this.#wanted(search.includeMetadata);
      return await this.#engine.search({ ...wanted, ...filter, queries, limit }, signal);
    });
  }

  filter(listing: Listing, signal: AbortSignal): Promise<StoredDocument[]> {
    return this.#other("filter", signal, (found) => found.length, async () => {
      const limit = wholeNumber("limit", listing.limit ?? MAX_LIMIT, 1, MAX_LIMIT);
      const offset = wholeNumber("offset", listing.offset ?? 0, 0, Number.MAX_SAFE_INTEGER);
      const filter = this.#filter(listing.filter);
      const wanted = this.#wanted(listing.includeMetadata);
      return await this.#engine.list({ ...wanted, ...filter, limit, offset }, signal);
    });
  }

  get(ids: readonly string[], signal: AbortSignal): Promise<(StoredDocument | undefined)[]> {
    return this.#other("get", signal, () => ids.length, async () => {
      const possible = await inSlices((slices) => possibleIds(ids, slices), signal);
      if (possible.length === 0) return ids.map(() => undefined);
      const found = await this.#engine.get(possible, this.#wanted(true), signal);
      if (possible.length === ids.length) return found;
      const byId = new Map(found.map((one, i) => [possible[i]!, one]));
      return ids.map((id) => byId.get(id));
    });
  }

  async status(signal: AbortSignal): Promise<IndexStatus> {
    try {
      return await this.#engine.status(signal);
    } catch (thrown) {
      throw this.#outward(ClipError.wrap(thrown));
    }
  }

  clear(signal: AbortSignal): Promise<void> {
    return this.#other("clear", signal, () => 0, () => this.#engine.clear(signal));
  }

  backup(name: string, signal: AbortSignal): Promise<void> {
    return this.#other(
      "backup",
      signal,
      () => 0,
      () => this.#engine.backup(backupName(name), signal),
    );
  }

  restore(name: string, signal: AbortSignal): Promise<void> {
    return this.#other(
      "restore",
      signal,
      () => 0,
      () => this.#engine.restore(backupName(name), signal),
    );
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  async #write<T>(
    operation: IndexOperation,
    documents: readonly IndexDocument[],
    signal: AbortSignal,
    write: (entries: IndexEntry[]) => Promise<T>,
  ): Promise<T> {
    return await this.#measured(operation, signal, () => documents.length, async () => {
      const leave = this.#writes.enter(documents.length, bytesOf(documents));
      let written = false;
      try {
        const entries = await inSlices(
          (slices) => toEntries(documents, this.#shape, slices),
          signal,
        );
        const answer = await write(entries);
        written = true;
        return answer;
      } finally {
        leave(written);
      }
    });
  }

  async #other<T>(
    operation: IndexOperation,
    signal: AbortSignal,
    items: (answer: T) => number,
    work: () => Promise<T>,
  ): Promise<T> {
    this.#others++;
    try {
      return await this.#measured(operation, signal, items, work);
    } finally {
      this.#others--;
    }
  }

  async #measured<T>(
    operation: IndexOperation,
    signal: AbortSignal,
    items: (answer: T) => number,
    work: () => Promise<T>,
  ): Promise<T> {
    const began = performance.now();
    try {
      const answer = await work();
      this.#observer.done(operation, items(answer), performance.now() - began);
      return answer;
    } catch (thrown) {
      // A signal that fires between two slices throws its reason, whatever that is.
      const error = ClipError.wrap(thrown, signal.aborted ? "cancelled" : "backend");
      this.#observer.failed(operation, error.kind, performance.now() - began, error.message);
      throw this.#outward(error);
    }
  }

  /** An error as it leaves the room. */
  #outward(error: ClipError): ClipError {
    const message = this.#told(error.message);
    if (message === error.message) return error;
    return new ClipError(error.kind, message, { cause: error, name: error.name });
  }

  #filter(json: unknown): { filter?: Filter } {
    const filter = parseFilter(json, this.#shape.columns);
    return filter === undefined ? {} : { filter };
  }

  #wanted(includeMetadata: boolean | undefined): Wanted {
    const documents = includeMetadata ?? this.#settings.includeMetadata;
    return { documents, maxBytes: this.#maxAnswerBytes };
  }
}

function bytesOf(documents: readonly IndexDocument[]): number {
  return documents.reduce((sum, one) => sum + one.document.length + one.embedding.byteLength, 0);
}

function wholeNumber(key: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new ClipError("invalid", `${key}: expected ${least} to ${most}, got ${told(value)}`);
}

function backupName(name: string): string {
  if (BACKUP_NAME.test(name)) return name;
  const expected =
    "expected up to 64 letters, digits, '.', '_' and '-', the first a letter or digit";
  throw new ClipError("invalid", `backup's name: ${expected}; got ${told(name)}`);
}
