/**
 * Byte-pair encoding over characters with ranked merges (huggingface/tokenizers 0.22,
 * `models/bpe/model.rs` and `word.rs`): of all pairs the one that was learned first is merged first,
 * the leftmost of several.
 */
import { ClipError } from "../../../errors.ts";

/** Words that are remembered, and how long they may be. */
const MAX_KNOWN = 20_000;
const MAX_KNOWN_LENGTH = 40;

/** How a model is read. */
export interface PairMergesOptions {
  vocabulary: ReadonlyMap<string, number>;
  /** Pairs in the order in which they were learned. */
  merges: readonly (readonly [string, string])[];
  /** Of characters that have no id; undefined: they are left out. */
  unknownId: number | undefined;
  /** Unknown characters that follow each other are one. */
  fuseUnknown: boolean;
  /** Characters without an id become these ids of their bytes. */
  byteIds: readonly number[] | undefined;
  /** A word that is in the vocabulary is that, whatever its merges. */
  ignoreMerges: boolean;
}

/** One model. */
export class PairMerges {
  readonly #vocabulary: ReadonlyMap<string, number>;
  readonly #options: PairMergesOptions;
  readonly #table: MergeTable;
  readonly #known = new Map<string, readonly number[]>();

  /** @throws {ClipError} "model": a merge is of tokens that the vocabulary does not have. */
  constructor(options: PairMergesOptions) {
    this.#options = options;
    this.#vocabulary = options.vocabulary;
    this.#table = new MergeTable(options.merges.length);
    for (const [rank, [left, right]] of options.merges.entries()) {
      const ids = [left, right, left + right].map((token) => options.vocabulary.get(token));
      const [a, b, merged] = ids;
      if (a === undefined || b === undefined || merged === undefined) {
        throw new ClipError(
          "model",
          `The tokenizer's merge ${rank} (${JSON.stringify(left)} and ${
            JSON.stringify(right)
          }) is ` +
            "of tokens that its vocabulary does not have",
        );
      }
      this.#table.set(a, b, rank, merged);
    }
  }

  /** Adds the ids of a word. */
  encode(word: string, ids: number[]): void {
    if (word.length > MAX_KNOWN_LENGTH) return this.#merge(word, ids);
    let known = this.#known.get(word);
    if (known === undefined) {
      const own: number[] = [];
      this.#merge(word, own);
      known = own;
      if (this.#known.size < MAX_KNOWN) this.#known.set(word, own);
    }
    for (const id of known) ids.push(id);
  }

  #merge(word: string, ids: number[]): void {
    if (this.#options.ignoreMerges) {
      const whole = this.#vocabulary.get(word);
      if (whole !== undefined) return void ids.push(whole);
    }
    mergePairs(this.#characters(word), this.#table, ids);
  }

  /** Ids of the characters. */
  #characters(word: string): number[] {
    const { unknownId, byteIds, fuseUnknown } = this.#options;
    const symbols: number[] = [];
    let afterUnknown = false;
    for (const character of word) {
      const id = this.#vocabulary.get(character);
      if (id !== undefined) symbols.push(id);
      else if (byteIds !== undefined) {
        for (const byte of new TextEncoder().encode(character)) symbols.push(byteIds[byte]!);
      } else if (unknownId !== undefined) {
        if (!(fuseUnknown && afterUnknown)) symbols.push(unknownId);
        afterUnknown = true;
        continue;
      }
      afterUnknown = false;
    }
    return symbols;
  }
}

/** Pairs of ids -> rank and merged id, in typed arrays: there are half a million of them. */
class MergeTable {
  readonly #mask: number;
  readonly #left: Int32Array;
  readonly #right: Int32Array;
  readonly #rank: Int32Array;
  readonly #merged: Int32Array;

  constructor(count: number) {
    let size = 16;
    while (size < 2 * count) size *= 2;
    this.#mask = size - 1;
    this.#left = new Int32Array(size).fill(-1);
    this.#right = new Int32Array(size);
    this.#rank = new Int32Array(size);
    this.#merged = new Int32Array(size);
  }

  set(left: number, right: number, rank: number, merged: number): void {
    const slot = this.#slot(left, right);
    this.#left[slot] = left;
    this.#right[slot] = right;
    this.#rank[slot] = rank;
    this.#merged[slot] = merged;
  }

  /** Where a pair is; -1 if it does not merge. */
  find(left: number, right: number): number {
    const slot = this.#slot(left, right);
    return this.#left[slot] === -1 ? -1 : slot;
  }

  rank(slot: number): number {
    return this.#rank[slot]!;
  }

  merged(slot: number): number {
    return this.#merged[slot]!;
  }

  #slot(left: number, right: number): number {
    let slot = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & this.#mask;
    while (
      this.#left[slot] !== -1 && !(this.#left[slot] === left && this.#right[slot] === right)
    ) slot = (slot + 1) & this.#mask;
    return slot;
  }
}

/** Merges until nothing merges, and adds what is left. */
function mergePairs(symbols: readonly number[], table: MergeTable, ids: number[]): void {
  const count = symbols.length;
  const id = Int32Array.from(symbols);
  const next = Int32Array.from({ length: count }, (_, i) => i + 1 < count ? i + 1 : -1);
  const before = Int32Array.from({ length: count }, (_, i) => i - 1);
  const alive = new Uint8Array(count).fill(1);
  const queue = new PairQueue();
  const offer = (left: number) => {
    const right = left < 0 ? -1 : next[left]!;
    const slot = right < 0 ? -1 : table.find(id[left]!, id[right]!);
    if (slot >= 0) queue.push(table.rank(slot), left, table.merged(slot));
  };
  for (let i = 0; i < count - 1; i++) offer(i);
  for (;;) {
    const pair = queue.pop();
    if (pair === undefined) break;
    const { at, merged } = pair;
    const right = alive[at] ? next[at]! : -1;
    if (right < 0) continue;
    // It may have changed since.
    const slot = table.find(id[at]!, id[right]!);
    if (slot < 0 || table.merged(slot) !== merged) continue;
    id[at] = merged;
    alive[right] = 0;
    next[at] = next[right]!;
    if (next[right]! >= 0) before[next[right]!] = at;
    offer(before[at]!);
    offer(at);
  }
  for (let i = count > 0 ? 0 : -1; i >= 0; i = next[i]!) ids.push(id[i]!);
}

interface Pair {
  rank: number;
  at: number;
  merged: number;
}

/** A heap of pairs, the lowest rank first, of equal ones the leftmost. */
class PairQueue {
  readonly #pairs: Pair[] = [];

  push(rank: number, at: number, merged: number): void {
    const pairs = this.#pairs;
    let i = pairs.push({ rank, at, merged }) - 1;
    for (; i > 0; i = (i - 1) >> 1) {
      const parent = (i - 1) >> 1;
      if (!sooner(pairs[i]!, pairs[parent]!)) break;
      [pairs[i], pairs[parent]] = [pairs[parent]!, pairs[i]!];
    }
  }

  pop(): Pair | undefined {
    const pairs = this.#pairs;
    const first = pairs[0];
    const last = pairs.pop();
    if (first === undefined || last === undefined || pairs.length === 0) return first;
    pairs[0] = last;
    for (let i = 0;;) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < pairs.length && sooner(pairs[child]!, pairs[least]!)) least = child;
      }
      if (least === i) return first;
      [pairs[i], pairs[least]] = [pairs[least]!, pairs[i]!];
      i = least;
    }
  }
}

function sooner(a: Pair, b: Pair): boolean {
  return a.rank < b.rank || (a.rank === b.rank && a.at < b.at);
}
