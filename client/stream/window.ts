/** Work on batches, so many at a time, with an end to what is held. */

/** How much is under way. */
export interface WindowOptions {
  /** Batches that are under way, or done and not taken yet. */
  prefetch: number;
  /** Their bytes together; one alone may be larger. */
  maxBytes: number;
  /** Whether results come in the order of the batches, or as they are done. */
  ordered: boolean;
}

/** What the window does. */
export interface WindowWork<B, R> {
  /** The next batch; undefined behind the last one. */
  next(): Promise<B | undefined>;
  /** Bytes of a batch. */
  weigh(batch: B): number;
  run(batch: B): Promise<R>;
}

type Settled<R> = { value: R; weight: number } | { reason: unknown };

/**
 * Runs the work and gives its results as they are asked for. No more is begun than the options
 * allow, whatever the consumer does: an endless source takes no more memory than that.
 * @param signal ends it; what is under way must hear of it by itself.
 * @throws what `next` or a `run` throws, behind the results that were done before it; the signal's
 * reason, at once.
 */
export async function* inWindow<B, R>(
  work: WindowWork<B, R>,
  { prefetch, maxBytes, ordered }: WindowOptions,
  signal: AbortSignal,
): AsyncGenerator<R, void, void> {
  const settled = new Map<number, Settled<R>>();
  const bell = new Bell();
  let stopped = false;
  let ended = false;
  let failed: { reason: unknown } | undefined;
  let begun = 0;
  let taken = 0;
  let bytes = 0;
  const ring = () => bell.ring();
  signal.addEventListener("abort", ring);

  const goOn = () => !stopped && !signal.aborted && failed === undefined;
  const begin = async () => {
    try {
      while (goOn()) {
        if (begun - taken >= prefetch) {
          await bell.heard();
          continue;
        }
        const batch = await work.next();
        if (batch === undefined) break;
        const weight = work.weigh(batch);
        while (goOn() && begun > taken && bytes + weight > maxBytes) await bell.heard();
        if (!goOn()) return;
        bytes += weight;
        const place = begun++;
        work.run(batch).then(
          (value) => settled.set(place, { value, weight }),
          (reason) => settled.set(place, { reason }),
        ).then(ring);
      }
    } catch (reason) {
      failed = { reason };
    } finally {
      ended = true;
      ring();
    }
  };

  try {
    begin();
    for (;;) {
      signal.throwIfAborted();
      const place = ordered ? taken : settled.keys().next().value;
      const one = place === undefined ? undefined : settled.get(place);
      if (one === undefined) {
        if (ended && begun === taken) break;
        await bell.heard();
        continue;
      }
      if ("reason" in one) throw one.reason;
      settled.delete(place!);
      taken++;
      bytes -= one.weight;
      ring();
      yield one.value;
    }
    if (failed !== undefined) throw failed.reason;
  } finally {
    stopped = true;
    signal.removeEventListener("abort", ring);
    ring();
  }
}

/** Wakes all who wait. */
class Bell {
  #heard: Promise<void> | undefined;
  #ring = () => {};

  heard(): Promise<void> {
    return this.#heard ??= new Promise((resolve) => this.#ring = resolve);
  }

  ring(): void {
    this.#heard = undefined;
    this.#ring();
  }
}
