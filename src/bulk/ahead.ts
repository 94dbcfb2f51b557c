/** Work on what comes one after the other, some of it ahead. */

/** What came of one, or what was thrown. */
type Settled<R> = { value: R } | { thrown: unknown };

/**
 * Does work for each of what comes, for up to `ahead` of them at a time, and gives what came of it in
 * their order.
 * @throws what the source and the work throw, when everything before has been given.
 */
export async function* mapAhead<T, R>(
  source: AsyncIterable<T>,
  ahead: number,
  work: (one: T) => Promise<R>,
): AsyncGenerator<R> {
  const begun: Promise<Settled<R>>[] = [];
  const iterator = source[Symbol.asyncIterator]();
  let next: Promise<IteratorResult<T>> | undefined;
  let ended = false;
  try {
    while (!ended || begun.length > 0) {
      if (!ended && begun.length < ahead) {
        next ??= iterator.next();
        const first = begun[0];
        // What is ready first goes on: a source that waits holds nothing up.
        const came = await Promise.race([
          settled(next),
          ...(first === undefined ? [] : [first.then(() => undefined)]),
        ]);
        if (came !== undefined) {
          next = undefined;
          if ("thrown" in came) {
            ended = true;
            begun.push(Promise.resolve(came));
          } else if (came.value.done) ended = true;
          else begun.push(settled(work(came.value.value)));
          continue;
        }
      }
      const first = await begun.shift()!;
      if ("thrown" in first) throw first.thrown;
      yield first.value;
    }
  } finally {
    iterator.return?.()?.catch(() => {});
  }
}

function settled<T>(promise: Promise<T>): Promise<Settled<T>> {
  return promise.then((value) => ({ value }), (thrown: unknown) => ({ thrown }));
}
