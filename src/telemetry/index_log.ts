/** Writes what one indexer does into the log. */
import type { ErrorKind } from "../errors.ts";
import { type IndexObserver, type IndexOperation, observeIndexBoth } from "./index_observer.ts";
import type { Log } from "./log.ts";

/** What those have to mend who run the server. */
const TROUBLES: readonly ErrorKind[] = ["unavailable", "backend"];

/**
 * An observer that logs when an operation begins to fail by no fault of the request, such as on a full
 * disk, and when it works again; and each operation, at `DEBUG`.
 */
export function indexLog(log: Log): IndexObserver {
  const trouble = troubleLog(log);
  return log.enabled("DEBUG") ? observeIndexBoth(trouble, operationLog(log)) : trouble;
}

/** Of a database that is down every request tells: one line for each kind of operation is enough. */
function troubleLog(log: Log): IndexObserver {
  const failing = new Set<IndexOperation>();
  return {
    done(operation) {
      if (failing.delete(operation)) log.info("The index works again", { operation });
    },
    failed(operation, kind, _ms, reason) {
      if (!TROUBLES.includes(kind) || failing.has(operation)) return;
      failing.add(operation);
      log.warn("The index fails", { operation, reason });
    },
  };
}

function operationLog(log: Log): IndexObserver {
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
