/** Counts the events of one indexer. */
import type { ErrorKind } from "../errors.ts";
import { INDEX_OPERATIONS, type IndexObserver } from "./index_observer.ts";
import type { MetricSet } from "./metric_set.ts";

/** Why an operation fails that was asked for rightly. */
const FAULTS: readonly ErrorKind[] = ["overloaded", "unavailable", "backend"];

/** An observer that counts into a set, under the indexer's name. */
export function indexMetrics(set: MetricSet, executor: string): IndexObserver {
  const seconds = set.histogram("clipline_index_operation_seconds");
  const failures = set.counter("clipline_index_failures_total");
  // What has not happened yet is 0 and not absent: a rate needs a first value.
  for (const operation of INDEX_OPERATIONS) seconds.zero({ executor, operation });
  for (const reason of FAULTS) failures.inc({ executor, reason }, 0);
  return {
    done: (operation, _, ms) => seconds.observe({ executor, operation }, ms / 1000),
    failed(_, reason) {
      if (FAULTS.includes(reason)) failures.inc({ executor, reason });
    },
  };
}

/** An indexer's state at one moment. */
export interface IndexerState {
  documents: number;
  pending: number;
  waiting: number;
}

/**
 * Shows an indexer's state at each scrape.
 * @param state undefined if the index does not answer: then what it was is shown.
 */
export function watchIndex(
  set: MetricSet,
  executor: string,
  state: () => Promise<IndexerState | undefined>,
): void {
  set.onScrape(async () => {
    const now = await state();
    if (now === undefined) return;
    set.gauge("clipline_index_documents").set({ executor }, now.documents);
    set.gauge("clipline_index_pending").set({ executor }, now.pending);
    set.gauge("clipline_index_waiting").set({ executor }, now.waiting);
  });
}
