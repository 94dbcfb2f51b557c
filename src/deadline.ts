/** Time limits: how long a timer may be set, a wait and a signal with limits of their own. */

/** Timers count milliseconds in 31 bits; one that is set for longer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What a timer is set to for `ms` milliseconds: 24 days and more are as good as no limit. */
export function timerMs(ms: number): number {
  return Math.min(ms, LONGEST_TIMER_MS);
}

/** The limited signal, and the way to let go of it. */
export interface Deadline {
  signal: AbortSignal;
  /** Ends the timer and lets go of the parent; call it when the work is done. */
  clear(): void;
}

/**
 * A signal that fires with its parent, or after `ms` milliseconds with `reason()`.
 *
 * Unlike `AbortSignal.any` it leaves nothing behind on a parent that lives long, as the signal of a
 * stream does for each of its requests.
 */
export function withDeadline(parent: AbortSignal, ms: number, reason: () => unknown): Deadline {
  const controller = new AbortController();
  const onAbort = () => controller.abort(parent.reason);
  if (parent.aborted) onAbort();
  parent.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(() => controller.abort(reason()), timerMs(ms));
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      parent.removeEventListener("abort", onAbort);
    },
  };
}

/** What `done` comes to; `undefined` if it takes longer. @throws what `done` fails with in time. */
export async function within<T>(limitMs: number, done: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<undefined>((resolve) =>
    timer = setTimeout(() => resolve(undefined), timerMs(limitMs))
  );
  try {
    return await Promise.race([done, over]);
  } finally {
    clearTimeout(timer);
  }
}
