/** The time that an executor may take until it is ready (`timeout_ready`). */
import { timerMs } from "../deadline.ts";
import { ClipError } from "../errors.ts";

/**
 * Does `work`, but no longer than the flow allows.
 *
 * @param limitMs `null` for as long as it takes
 * @param work is told by the signal that its time is over
 * @param otherwise what else may be done than to raise the time
 * @throws {ClipError} "unavailable" when the time is over; whatever `work` throws.
 */
export async function withinReadyTime<T>(
  executor: string,
  limitMs: number | null,
  work: (signal: AbortSignal) => Promise<T>,
  otherwise?: string,
): Promise<T> {
  const controller = new AbortController();
  if (limitMs === null) return await work(controller.signal);
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new ClipError(
      "unavailable",
      `Executor '${executor}' was not ready within ${limitMs} ms: raise its 'timeout_ready' ` +
        `(-1 waits for ever)${otherwise === undefined ? "" : `, or ${otherwise}`}`,
    );
    reject(error);
    controller.abort(error);
  }, timerMs(limitMs));
  try {
    // Not all of the work can be interrupted: nobody waits for the rest.
    return await Promise.race([work(controller.signal), promise]);
  } finally {
    clearTimeout(timer);
  }
}
