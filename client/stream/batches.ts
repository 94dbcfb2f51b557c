/** Items of any source, gathered into batches. */
import type { Content, Contents } from "../document.ts";

/** How batches are made. */
export interface BatchOptions {
  /** Items of one, at most. */
  batchSize: number;
  /** How long a batch that is not full waits for the source's next item, milliseconds. */
  lingerMs: number;
}

/** Asks a source for batches, one at a time. */
export class Batches<T extends Content> {
  readonly #items: Iterator<T> | AsyncIterator<T>;
  readonly #options: BatchOptions;
  /** The next item, already asked for. */
  #asked: Promise<IteratorResult<T>> | undefined;
  #ended = false;

  constructor(source: Contents<T>, options: BatchOptions) {
    this.#items = iteratorOf(source);
    this.#options = options;
  }

  /** The next batch; undefined behind the last one. @throws what the source throws. */
  async next(): Promise<T[] | undefined> {
    const { batchSize, lingerMs } = this.#options;
    const batch: T[] = [];
    let late: Promise<undefined> | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      while (!this.#ended && batch.length < batchSize) {
        const next = this.#asked ?? this.#items.next();
        let item: IteratorResult<T> | undefined;
        if (!("then" in next)) item = next;
        else {
          this.#asked = next;
          if (batch.length === 0) item = await next;
          else {
            late ??= new Promise((resolve) => {
              timer = setTimeout(() => resolve(undefined), lingerMs);
            });
            item = await Promise.race([next, late]);
            // It stays asked for: the next batch begins with it.
            if (item === undefined) break;
          }
          this.#asked = undefined;
        }
        if (item.done) this.#ended = true;
        else batch.push(item.value);
      }
    } finally {
      clearTimeout(timer);
    }
    return batch.length > 0 ? batch : undefined;
  }

  /** Tells the source that no more is wanted. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    // Nobody waits for it: a source that has not given what was asked for may never do so.
    this.#asked?.catch(() => {});
    try {
      Promise.resolve(this.#items.return?.()).catch(() => {});
    } catch {
      // It has nothing more to say.
    }
  }
}

function iteratorOf<T extends Content>(source: Contents<T>): Iterator<T> | AsyncIterator<T> {
  const { [Symbol.asyncIterator]: many, [Symbol.iterator]: one } = source as
    & Partial<AsyncIterable<T>>
    & Partial<Iterable<T>>;
  if (many !== undefined) return many.call(source as AsyncIterable<T>);
  if (one !== undefined) return one.call(source as Iterable<T>);
  // Streams of browsers that cannot be iterated over yet.
  const reader = (source as ReadableStream<T>).getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<T>>,
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}
