/** An indexer of a flow: an index beside its encoder, with the checks and bounds of everything that comes. */
import type { ClipError } from "../errors.ts";
import type { Columns } from "./columns.ts";
import type { IndexStatus, Metric, SearchHit, StoredDocument } from "./engine.ts";

/** A document that is to be kept. */
export interface IndexDocument {
  id: string;
  /** float32 `[D]`. */
  embedding: Float32Array;
  /** Columns take their values from here. */
  tags: Readonly<Record<string, unknown>> | undefined;
  /** The rest of the document, as its dialect writes it. */
  document: Uint8Array;
}

/** Queries, and what their hits shall be. */
export interface Search {
  /** Each float32 `[D]`. */
  queries: readonly Float32Array[];
  /** Hits of each; default: the flow's `limit`. */
  limit?: number;
  /** A filter of annlite's language, as it came. */
  filter?: unknown;
  /** Whole documents, or ids; default: the flow's `include_metadata`. */
  includeMetadata?: boolean;
}

/** Which documents are listed, and what of them. */
export interface Listing {
  /** A filter of annlite's language, as it came. */
  filter?: unknown;
  /** Default: as many as an answer may have. */
  limit?: number;
  /** How many are passed over. */
  offset?: number;
  /** Whole documents, or ids; default: the flow's `include_metadata`. */
  includeMetadata?: boolean;
}

/** What the service and dialects use of an indexer. Everything throws {ClipError}, as `IndexEngine`. */
export interface Indexer {
  /** Name in the flow, shown in routes. */
  readonly name: string;
  /** The encoder whose embeddings it keeps. */
  readonly encoder: string;
  /** What keeps the documents: `embedded`, `postgres`. */
  readonly engine: string;
  readonly dimensions: number;
  /** The name of scores. */
  readonly metric: Metric;
  readonly columns: Columns;
  /** Hits of a query if a search does not say. */
  readonly limit: number;
  readonly indexAccessPaths: string;
  readonly searchAccessPaths: string;
  /** Documents waiting to be written, and requests in work. */
  readonly waiting: number;
  /**
   * Why this document cannot be kept, whatever else is sent: its id, its embedding, a tag that does not
   * fit its column; undefined if it can. The message does not name the document.
   */
  fault(document: IndexDocument): ClipError | undefined;
  /** @throws {ClipError} "document" and "invalid" naming the document's id and the key. */
  index(documents: readonly IndexDocument[], signal: AbortSignal): Promise<void>;
  /** @returns the ids that are not there. */
  update(documents: readonly IndexDocument[], signal: AbortSignal): Promise<string[]>;
  /** @returns the ids that are not there, each once; last those that never could be. */
  delete(ids: readonly string[], signal: AbortSignal): Promise<string[]>;
  search(search: Search, signal: AbortSignal): Promise<SearchHit[][]>;
  /** Documents that a filter takes, without a query, in the order in which they were written. */
  filter(listing: Listing, signal: AbortSignal): Promise<StoredDocument[]>;
  /** Documents by id; undefined for those that are not there. */
  get(ids: readonly string[], signal: AbortSignal): Promise<(StoredDocument | undefined)[]>;
  status(signal: AbortSignal): Promise<IndexStatus>;
  clear(signal: AbortSignal): Promise<void>;
  backup(name: string, signal: AbortSignal): Promise<void>;
  restore(name: string, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
