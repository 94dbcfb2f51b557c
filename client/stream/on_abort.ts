/** Hearing of a signal's end, by many at a time. */

/** Who hears of a signal's end. */
const listeners = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `heard` when the signal is aborted, until the function that comes back is called.
 *
 * However many listen, the signal has one listener: a stream has a request under way for each batch
 * of its window, and Node prints a warning for a signal with more than ten.
 */
export function onAbort(signal: AbortSignal, heard: () => void): () => void {
  const all = listeners.get(signal) ?? listen(signal);
  // What is given twice is called twice.
  const own = () => heard();
  all.add(own);
  return () => {
    all.delete(own);
    if (all.size > 0 || listeners.get(signal) !== all) return;
    listeners.delete(signal);
    signal.removeEventListener("abort", callAll);
  };
}

function listen(signal: AbortSignal): Set<() => void> {
  const all = new Set<() => void>();
  listeners.set(signal, all);
  signal.addEventListener("abort", callAll, { once: true });
  return all;
}

function callAll(this: AbortSignal): void {
  const all = listeners.get(this);
  listeners.delete(this);
  for (const heard of all ?? []) heard();
}
