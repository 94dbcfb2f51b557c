/** A bounded cache from words to their token ids. */

/** Longer words are not kept: they seldom come again and would fill the cache. */
export const MAX_CACHED_WORD = 48;
/** Ids that one generation may hold, all words together. */
const ARENA_IDS = 1 << 15;
/** A value is `offset * LENGTHS + number of ids`: a word has at most three bytes per UTF-16 unit. */
const LENGTHS = 256;

interface Generation {
  /** Word -> place in `ids`. */
  places: Map<string, number>;
  ids: Int32Array;
  used: number;
}

/**
 * Words to ids in two generations: when the young one is full the old one is dropped, and a hit in
 * the old one moves the word to the young one. Frequent words stay; an entry costs no object.
 */
export class WordCache {
  #young = newGeneration();
  #old = newGeneration();

  /** Adds the ids of `word`, if they are known. */
  append(word: string, ids: number[]): boolean {
    return word.length <= MAX_CACHED_WORD && this.read(word, ids, ids.length) > 0;
  }

  /** Keeps the ids of `word`, from `ids[from]` to the end. */
  keep(word: string, ids: readonly number[], from: number): void {
    if (ids.length > from) this.write(word, ids, from, ids.length - from);
  }

  /** Appends the ids of `word` to `out` at `at`; gives their number, 0 where it is not known. */
  read(word: string, out: Int32Array | number[], at: number): number {
    let generation = this.#young;
    let place = generation.places.get(word);
    if (place === undefined) {
      generation = this.#old;
      place = generation.places.get(word);
      if (place === undefined) return 0;
    }
    const count = place % LENGTHS;
    const offset = (place - count) / LENGTHS;
    for (let i = 0; i < count; i++) out[at + i] = generation.ids[offset + i]!;
    if (generation !== this.#young) this.write(word, out, at, count);
    return count;
  }

  /** Keeps `count` ids of `word`, from `ids[from]` on. */
  write(word: string, ids: Int32Array | readonly number[], from: number, count: number): void {
    if (word.length > MAX_CACHED_WORD) return;
    if (this.#young.used + count > ARENA_IDS) {
      this.#old = this.#young;
      this.#young = newGeneration();
    }
    const { places, ids: arena, used } = this.#young;
    for (let i = 0; i < count; i++) arena[used + i] = ids[from + i]!;
    // A slice of a text would keep the whole text alive.
    places.set(` ${word}`.slice(1), used * LENGTHS + count);
    this.#young.used += count;
  }
}

function newGeneration(): Generation {
  return { places: new Map(), ids: new Int32Array(ARENA_IDS), used: 0 };
}
