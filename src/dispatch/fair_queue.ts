/**
 * A queue that is fair between flows (a flow is a request, or a stream of them): start-time fair
 * queueing (Goyal, Vin, Cheng 1996). A flow that sends a million items advances its own tags; one
 * that sends a single item is next.
 */

/** What a queued entry must carry. */
export interface Tagged {
  /** Virtual start time; lower goes first. Set by `FairQueue.push`. */
  tag: number;
  /** Order of arrival, to break ties. */
  readonly sequence: number;
}

/** Whether `a` goes before `b`. */
export function goesBefore(a: Tagged, b: Tagged): boolean {
  return a.tag < b.tag || (a.tag === b.tag && a.sequence < b.sequence);
}

/** Entries ordered by virtual start time: a binary heap. */
export class FairQueue<T extends Tagged> {
  readonly #heap: T[] = [];
  readonly #finish = new WeakMap<object, number>();
  #now = 0;

  /** Entries waiting. */
  get size(): number {
    return this.#heap.length;
  }

  /** The next entry, which stays. */
  get first(): T | undefined {
    return this.#heap[0];
  }

  /** Adds an entry of a flow that costs `cost` units of service. */
  push(entry: T, flow: object, cost: number): void {
    entry.tag = this.#charge(flow, cost);
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
  join(entry: T, flow: object, cost: number): void {
    const tag = this.#charge(flow, cost);
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
    this.#now = Math.max(this.#now, first.tag);
    return first;
  }

  /** Keeps only the entries that `keep` accepts. */
  prune(keep: (entry: T) => boolean): void {
    for (const entry of this.#heap.splice(0)) {
      if (keep(entry)) this.#insert(entry);
    }
  }

  /** The virtual start time of the flow's next service, which it pays for. */
  #charge(flow: object, cost: number): number {
    const tag = Math.max(this.#now, this.#finish.get(flow) ?? 0);
    this.#finish.set(flow, tag + cost);
    return tag;
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
