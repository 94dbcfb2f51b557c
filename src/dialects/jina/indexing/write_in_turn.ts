/** Writes that find the index's queue full: of a stream they wait, as its other work does. */
import { ClipError } from "../../../errors.ts";
import type { CallContext } from "../../../service/service.ts";

/** Between two tries, milliseconds. */
const SHORTEST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 500;

/**
 * Writes.
 * @param write may be called again after it was refused; what is refused has cost nothing.
 * @throws {ClipError} what the write throws; "overloaded" only where the caller does not wait.
 */
export async function writeInTurn<T>(
  { wait, signal }: CallContext,
  write: () => Promise<T>,
): Promise<T> {
  while (true) {
    try {
      return await write();
    } catch (thrown) {
      const error = ClipError.wrap(thrown);
      if (!wait || error.kind !== "overloaded") throw error;
      const ms = Math.min(error.retryAfterMs ?? SHORTEST_WAIT_MS, LONGEST_WAIT_MS);
      await passed(Math.max(ms, SHORTEST_WAIT_MS), signal);
    }
  }
}

/** Resolves after a time. @throws the signal's reason if it fires before. */
function passed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", end);
      resolve();
    }, ms);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}
