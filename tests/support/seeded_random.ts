/** Random numbers that are the same for the same seed, on every machine. */

/** A source of them. */
export interface SeededRandom {
  /** A whole number from 0 to `limit - 1`; `limit` is at most 2^32. */
  below(limit: number): number;
}

/** Tommy Ettinger's mulberry32. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  return {
    below(limit) {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return Math.floor(((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 * limit);
    },
  };
}
