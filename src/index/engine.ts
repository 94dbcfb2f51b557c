/**
 * What keeps documents and finds them by their embeddings: the one interface of all engines. Each is
 * held to it by `tests/index/engine_contract.ts`.
 */
import type { Columns, ColumnValue } from "./columns.ts";
import type { Filter } from "./filter/filter.ts";

/** How far apart two embeddings are. */
export const METRICS = ["cosine", "euclidean", "inner_product"] as const;
/** A metric. */
export type Metric = (typeof METRICS)[number];

/** What an index holds; fixed when it is made. */
export interface IndexShape {
  /** Numbers of an embedding, D. */
  dimensions: number;
  metric: Metric;
  /** What filters may ask about, by name. */
  columns: Columns;
}

/** One document as it is kept. */
export interface IndexEntry {
  /** Unique in the index: one that comes again replaces. */
  id: string;
  /** float32 `[D]`, finite, not normalised, for cosine not zero. It may be part of a larger buffer. */
  embedding: Float32Array;
  /** The values of all declared columns; null where the document has none. */
  columns: Readonly<Record<string, ColumnValue | null>>;
  /** The rest of the document, as its dialect writes it: kept as it is. */
  document: Uint8Array;
}

/** What of a document an answer carries. */
export interface StoredDocument {
  id: string;
  /** float32 `[D]`; absent if it was not asked for. */
  embedding?: Float32Array;
  /** Absent if it was not asked for. */
  document?: Uint8Array;
}

/** A document that was found. */
export interface SearchHit extends StoredDocument {
  /** By the index's metric, of the float32 embeddings; 0 is equal, inner products can be less. */
  distance: number;
}

/** What of the documents is wanted. */
export interface Wanted {
  /** Whether documents and embeddings are wanted, or ids only. */
  documents: boolean;
  /** Bytes that all documents and embeddings of the answer may have: "too_large" beyond. */
  maxBytes: number;
}

/** A search. */
export interface SearchRequest extends Wanted {
  /** float32 `[Q, D]`, finite, one query after the other. */
  queries: Float32Array;
  /** Hits of each query, at least 1. */
  limit: number;
  filter?: Filter;
}

/** The documents that a filter takes, in the order in which they were written. */
export interface ListRequest extends Wanted {
  filter?: Filter;
  limit: number;
  /** How many are passed over. */
  offset: number;
}

/** An index at one moment. */
export interface IndexStatus {
  documents: number;
  /** Of those, not in the graph yet: they are found by looking at each. */
  pending: number;
}

/**
 * Keeps documents. Opened again with other dimensions, another metric or another type of a column it
 * refuses ("config") and leaves everything as it is; a column that comes later is null in the documents
 * that were there. What is handed in stays the caller's: it is neither changed nor kept nor taken.
 *
 * What has been answered is there: a write is found by every later search, and survives the end of the
 * process, when its promise resolves. A write that fails has written nothing.
 *
 * Every method throws {ClipError}: "unavailable" while the database cannot be had or written (it is
 * tried anew by the next call), "overloaded" when too much waits, "cancelled" or "deadline" as the
 * signal says; what was not begun by then is not done, and a write that was begun is waited for or taken
 * back: it never fails and is there all the same.
 */
export interface IndexEngine {
  /**
   * Writes documents; those whose ids are there are replaced, as if they were written anew. Of equal ids
   * the last one counts.
   */
  put(entries: readonly IndexEntry[], signal: AbortSignal): Promise<void>;
  /** Replaces those that are there. @returns the ids that are not: they are left out. */
  update(entries: readonly IndexEntry[], signal: AbortSignal): Promise<string[]>;
  /** Removes documents. @returns the ids that are not there. */
  delete(ids: readonly string[], signal: AbortSignal): Promise<string[]>;
  /** Per query its nearest documents, nearest first; equally near ones by id (`compareCodePoints`). */
  search(request: SearchRequest, signal: AbortSignal): Promise<SearchHit[][]>;
  /** Documents without a query. */
  list(request: ListRequest, signal: AbortSignal): Promise<StoredDocument[]>;
  /** Documents by their ids, in that order; undefined for those that are not there. */
  get(
    ids: readonly string[],
    wanted: Wanted,
    signal: AbortSignal,
  ): Promise<(StoredDocument | undefined)[]>;
  status(signal: AbortSignal): Promise<IndexStatus>;
  /** Removes all documents. */
  clear(signal: AbortSignal): Promise<void>;
  /** Copies what is kept under a name; one of that name is replaced. */
  backup(name: string, signal: AbortSignal): Promise<void>;
  /**
   * Puts a copy in the place of what is kept.
   * @throws {ClipError} "not_found" if there is none of that name; "invalid" if its shape is another.
   */
  restore(name: string, signal: AbortSignal): Promise<void>;
  /** Ends what is under way, and lets go of everything. */
  close(): Promise<void>;
}
