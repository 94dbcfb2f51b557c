/** The nearest of many, gathered while they are looked at. */

/** Keeps the `limit` nearest slots that were offered: a heap whose root is the farthest of them. */
export class Nearest {
  readonly #limit: number;
  readonly #distances: number[] = [];
  readonly #slots: number[] = [];

  /** @param limit at least 1. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** What is not nearer than this need not be offered. */
  get bound(): number {
    return this.#slots.length < this.#limit ? Infinity : this.#distances[0]!;
  }

  /** Takes a slot if it is among the nearest so far. */
  offer(distance: number, slot: number): void {
    if (this.#slots.length < this.#limit) {
      this.#distances.push(distance);
      this.#slots.push(slot);
      this.#rise(this.#slots.length - 1);
    } else if (distance < this.#distances[0]!) {
      this.#distances[0] = distance;
      this.#slots[0] = slot;
      this.#sink();
    }
  }

  /** What was kept, nearest first. */
  sorted(): { distance: number; slot: number }[] {
    return this.#slots
      .map((slot, i) => ({ distance: this.#distances[i]!, slot }))
      .sort((a, b) => a.distance - b.distance || a.slot - b.slot);
  }

  #rise(at: number): void {
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#distances[above]! >= this.#distances[at]!) return;
      this.#swap(above, at);
      at = above;
    }
  }

  #sink(): void {
    const { length } = this.#slots;
    for (let at = 0;;) {
      let below = 2 * at + 1;
      if (below >= length) return;
      if (below + 1 < length && this.#distances[below + 1]! > this.#distances[below]!) below++;
      if (this.#distances[at]! >= this.#distances[below]!) return;
      this.#swap(at, below);
      at = below;
    }
  }

  #swap(a: number, b: number): void {
    [this.#distances[a], this.#distances[b]] = [this.#distances[b]!, this.#distances[a]!];
    [this.#slots[a], this.#slots[b]] = [this.#slots[b]!, this.#slots[a]!];
  }
}
