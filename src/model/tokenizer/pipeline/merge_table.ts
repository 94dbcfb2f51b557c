/** The merges of a byte-pair encoding, and which characters they can join. */

/** What `MergeTable.find` gives for a pair that does not merge. */
export const NO_MERGE = -1;

/** Pairs of ids and their ranks, by open addressing: there are half a million of them. */
export class MergeTable {
  readonly #mask: number;
  /** Left id, right id and rank of each slot; the rank is -1 where there is none. */
  readonly #slots: Int32Array;
  readonly #merged: Int32Array;

  /** @param count of merges. */
  constructor(count: number) {
    let size = 16;
    while (3 * size < 4 * count) size *= 2;
    this.#mask = size - 1;
    this.#slots = new Int32Array(3 * size).fill(NO_MERGE);
    this.#merged = new Int32Array(count);
  }

  /** Adds a merge; a pair that is there gets the new rank. */
  set(left: number, right: number, rank: number, merged: number): void {
    const slot = this.#slot(left, right);
    this.#slots[slot] = left;
    this.#slots[slot + 1] = right;
    this.#slots[slot + 2] = rank;
    this.#merged[rank] = merged;
  }

  /** The rank of a pair, or `NO_MERGE`: lower ones merge first. */
  find(left: number, right: number): number {
    return this.#slots[this.#slot(left, right) + 2]!;
  }

  /** What a merge makes. */
  merged(rank: number): number {
    return this.#merged[rank]!;
  }

  #slot(left: number, right: number): number {
    const slots = this.#slots;
    let hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    hash ^= hash >>> 15;
    let slot = hash & this.#mask;
    for (;;) {
      const at = 3 * slot;
      if (slots[at + 2] === NO_MERGE || (slots[at] === left && slots[at + 1] === right)) return at;
      slot = (slot + 1) & this.#mask;
    }
  }
}

const JOINT_BITS = 22;

/**
 * Pairs of characters that some merge joins, the last of its left and the first of its right token.
 * No token goes over the border of two others: so a word may be cut there and its parts have the same
 * tokens alone. Holds hashes: a few pairs seem to be joined that are not, which does no harm.
 */
export class Joints {
  readonly #bits = new Int32Array((1 << JOINT_BITS) / 32);

  /** Adds a merge of two tokens. */
  add(left: string, right: string): void {
    const last = left.codePointAt(left.length - 2)!;
    const bit = bitOf(
      left.length > 1 && last > 0xffff ? last : left.charCodeAt(left.length - 1),
      right.codePointAt(0)!,
    );
    this.#bits[bit >>> 5]! |= 1 << (bit & 31);
  }

  /** Whether a merge may join two characters that stand side by side. */
  has(left: number, right: number): boolean {
    const bit = bitOf(left, right);
    return (this.#bits[bit >>> 5]! >>> (bit & 31) & 1) === 1;
  }
}

function bitOf(left: number, right: number): number {
  const hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> (32 - JOINT_BITS);
}
