/** What an indexer tells those who measure it. Telemetry implements it; the index knows no metric. */
import type { ErrorKind } from "../errors.ts";

/** What an indexer does. */
export const INDEX_OPERATIONS = [
  "index",
  "update",
  "delete",
  "search",
  "filter",
  "get",
  "clear",
  "backup",
  "restore",
] as const;
/** One of them. */
export type IndexOperation = (typeof INDEX_OPERATIONS)[number];

/** Receives an indexer's events. */
export interface IndexObserver {
  /**
   * An operation is done; wall time, waiting included.
   * @param items documents that came, or were found, or queries.
   */
  done(operation: IndexOperation, items: number, ms: number): void;
  /** An operation failed, or was refused. */
  failed(operation: IndexOperation, kind: ErrorKind, ms: number): void;
}

/** An observer that looks away. */
export const NO_INDEX_OBSERVER: IndexObserver = {
  done() {},
  failed() {},
};

/** Both hear everything. */
export function observeIndexBoth(a: IndexObserver, b: IndexObserver): IndexObserver {
  if (a === NO_INDEX_OBSERVER) return b;
  if (b === NO_INDEX_OBSERVER) return a;
  return {
    done: (...event) => (a.done(...event), b.done(...event)),
    failed: (...event) => (a.failed(...event), b.failed(...event)),
  };
}
