/** Signals that end by themselves, and leave nothing behind on the one they follow. */

import { onAbort } from "./on_abort.ts";

/** A signal that follows another one, until it is let go. */
export interface Following {
  readonly signal: AbortSignal;
  /** Aborts it. */
  abort(reason: unknown): void;
  /** Lets it go: it hears nothing more of the other, and its time does not end. */
  end(): void;
}

/**
 * A signal that is aborted with another one, or after a time.
 *
 * `AbortSignal.any()` would do, but what it makes of a signal that lives long stays with that one
 * (Node 20), and a long job makes one for each request.
 * @param ms 0 for no limit.
 * @param reason what it is aborted with when the time is over.
 */
export function follow(
  parent: AbortSignal | undefined,
  ms = 0,
  reason: () => unknown = () => undefined,
): Following {
  const controller = new AbortController();
  const heard = () => controller.abort(parent!.reason);
  if (parent?.aborted) heard();
  const letGo = parent === undefined || parent.aborted ? undefined : onAbort(parent, heard);
  const timer = ms > 0 ? setTimeout(() => controller.abort(reason()), ms) : undefined;
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    end: () => {
      clearTimeout(timer);
      letGo?.();
    },
  };
}
