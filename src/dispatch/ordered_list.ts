/** A short list kept in the order of service. */
import { goesBefore, type Tagged } from "./fair_queue.ts";

/** Entries by virtual start time; made for some hundred of them. */
export class OrderedList<T extends Tagged> {
  #entries: T[] = [];

  /** The entries in order; do not change. */
  get entries(): readonly T[] {
    return this.#entries;
  }

  /** Inserts behind all entries that go before it. */
  insert(entry: T): void {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (goesBefore(entry, this.#entries[middle]!)) high = middle;
      else low = middle + 1;
    }
    this.#entries.splice(low, 0, entry);
  }

  /** Removes entries. */
  remove(entries: readonly T[]): void {
    const gone = new Set(entries);
    this.#entries = this.#entries.filter((entry) => !gone.has(entry));
  }
}
