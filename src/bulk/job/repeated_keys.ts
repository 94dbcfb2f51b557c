/** Whether a key comes twice among more keys than memory holds. */

/** Keys that may come twice are looked at again by name; so many at most. */
const MOST_NAMED = 1_000;

/**
 * A key that comes twice; undefined if none does. Eight bytes a key are held.
 * @param keys gives all keys, as often as it is asked.
 */
export async function repeatedKey(
  keys: () => AsyncIterable<readonly string[]>,
): Promise<string | undefined> {
  const hashes = new Numbers();
  for await (const some of keys()) {
    for (const key of some) hashes.add(hashOf(key));
  }
  const suspects = hashes.repeated(MOST_NAMED);
  if (suspects.size === 0) return undefined;
  const seen = new Set<string>();
  for await (const some of keys()) {
    for (const key of some) {
      if (!suspects.has(hashOf(key))) continue;
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return undefined;
}

/** A growing array of numbers. */
class Numbers {
  #values = new Float64Array(1 << 16);
  #count = 0;

  add(value: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(2 * this.#count);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count++] = value;
  }

  /** Those that are there more than once, up to so many. */
  repeated(most: number): Set<number> {
    const sorted = this.#values.subarray(0, this.#count).sort();
    const found = new Set<number>();
    for (let i = 1; i < sorted.length && found.size < most; i++) {
      if (sorted[i] === sorted[i - 1]) found.add(sorted[i]!);
    }
    return found;
  }
}

/** 53 bits of a text: two 32-bit hashes beside each other (bryc's cyrb53). */
function hashOf(text: string): number {
  let one = 0xdeadbeef;
  let other = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    one = Math.imul(one ^ unit, 2654435761);
    other = Math.imul(other ^ unit, 1597334677);
  }
  one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(other ^ (other >>> 13), 3266489909);
  other = Math.imul(other ^ (other >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909);
  return 2 ** 32 * (other & 0x1fffff) + (one >>> 0);
}
