/**
 * A queue that is fair between flows (a flow is a request, or a stream of them): the oldest first,
 * where the items of one flow count as coming one after the other, however many came at once. A flow
 * that sends a million items stands far into the future with most of them; one that sends a single
 * item waits only for what came before it.
 *
 * Places are times of a clock, and not virtual times that advance with the entries served (start-time
 * fair queueing): with those, newcomers without end that all stand at the same virtual time would
 * keep the second item of everybody else waiting for ever.
 */

/** What a queued entry must carry. */
export interface Tagged {
  /** Place, in milliseconds of the queue's clock; lower goes first. Set by `FairQueue.push`. */
  tag: number;
  /** Order of arrival, to break ties. */
  readonly sequence: number;
}

/** Whether `a` goes before `b`. */
export function goesBefore(a: Tagged, b: Tagged): boolean {
  return a.tag < b.tag || (a.tag === b.tag && a.sequence < b.sequence);
}

/** Entries ordered by their places: a binary heap. */
export class FairQueue<T extends Tagged> {
  readonly #heap: T[] = [];
  /** Where the next entry of a flow may stand. */
  readonly #next = new WeakMap<object, number>();
  readonly #now: () => number;

  /** @param now a clock in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Entries waiting. */
  get size(): number {
    return this.#heap.length;
  }

  /** The next entry, which stays. */
  get first(): T | undefined {
    return this.#heap[0];
  }

  /** Where an entry of a flow would stand that came now. */
  place(flow: object | undefined): number {
    const next = flow && this.#next.get(flow);
    return next === undefined ? this.#now() : Math.max(this.#now(), next);
  }

  /** Adds an entry of a flow, whose next one stands at least `spacing` milliseconds behind it. */
  push(entry: T, flow: object, spacing: number): void {
    entry.tag = this.#charge(flow, spacing);
    this.#insert(entry);
  }

  /** Puts an entry back under the tag that it has. */
  restore(entry: T): void {
    this.#insert(entry);
  }

  /**
   * An entry of another flow is wanted by this flow too: it goes where an entry of this flow would
   * go, if that is further in front, and this flow pays for it.
   */
  join(entry: T, flow: object, spacing: number): void {
    const tag = this.#charge(flow, spacing);
    if (tag >= entry.tag) return;
    const position = this.#heap.indexOf(entry);
    if (position < 0) return;
    entry.tag = tag;
    this.#rise(position);
  }

  /** Takes the next entry out, or undefined if there is none. */
  pop(): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return undefined;
    if (heap.length > 0) {
      heap[0] = last;
      this.#sink();
    }
    return first;
  }

  /** Keeps only the entries that `keep` accepts. */
  prune(keep: (entry: T) => boolean): void {
    for (const entry of this.#heap.splice(0)) {
      if (keep(entry)) this.#insert(entry);
    }
  }

  /** The place of the flow's next entry, which it pays for. */
  #charge(flow: object, spacing: number): number {
    const place = this.place(flow);
    this.#next.set(flow, place + spacing);
    return place;
  }

  #insert(entry: T): void {
    this.#rise(this.#heap.push(entry) - 1);
  }

  #rise(position: number): void {
    const heap = this.#heap;
    const entry = heap[position]!;
    let child = position;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!goesBefore(entry, heap[parent]!)) break;
      heap[child] = heap[parent]!;
      child = parent;
    }
    heap[child] = entry;
  }

  #sink(): void {
    const heap = this.#heap;
    const entry = heap[0]!;
    let parent = 0;
    while (true) {
      let child = 2 * parent + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && goesBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!goesBefore(heap[child]!, entry)) break;
      heap[parent] = heap[child]!;
      parent = child;
    }
    heap[parent] = entry;
  }
}
