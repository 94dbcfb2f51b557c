/** Writes what one indexer does into the log. */
import { type IndexObserver, NO_INDEX_OBSERVER } from "./index_observer.ts";
import type { Log } from "./log.ts";

/** An observer that logs each operation, at `DEBUG`; else one that looks away. */
export function indexLog(log: Log): IndexObserver {
  if (!log.enabled("DEBUG")) return NO_INDEX_OBSERVER;
  return {
    done: (operation, items, ms) =>
      log.debug("Index operation done", { operation, items, ms: tenths(ms) }),
    failed: (operation, kind, ms) =>
      log.debug("Index operation failed", { operation, kind, ms: tenths(ms) }),
  };
}

function tenths(ms: number): number {
  return Math.round(10 * ms) / 10;
}
