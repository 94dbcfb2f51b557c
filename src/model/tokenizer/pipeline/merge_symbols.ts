/** Merges the symbols of one word (huggingface/tokenizers 0.22, `models/bpe/word.rs`). */
import { MinHeap } from "../min_heap.ts";
import { type MergeTable, NO_MERGE } from "./merge_table.ts";

/** A word as it is merged. */
export interface WordSymbols {
  count: number;
  ids: Int32Array;
  /** Where each is in the word: UTF-16 units, the end exclusive. */
  starts: Int32Array;
  ends: Int32Array;
}

/** From so many symbols on a heap of pairs is faster than looking at every pair for every merge. */
const HEAP_FROM = 96;

/** Merges in place until nothing merges: the lowest rank first, of equal ones the leftmost. */
export function mergeSymbols(symbols: WordSymbols, table: MergeTable): void {
  if (symbols.count < HEAP_FROM) mergeFew(symbols, table);
  else mergeMany(symbols, table);
}

/** Rank of each pair of the word at hand. */
const ranks = new Int32Array(HEAP_FROM);

function mergeFew(symbols: WordSymbols, table: MergeTable): void {
  const { ids, starts, ends } = symbols;
  let { count } = symbols;
  for (let i = 0; i + 1 < count; i++) ranks[i] = table.find(ids[i]!, ids[i + 1]!);
  for (;;) {
    let best = NO_MERGE;
    let at = 0;
    for (let i = 0; i + 1 < count; i++) {
      const rank = ranks[i]!;
      if (rank !== NO_MERGE && (best === NO_MERGE || rank < best)) {
        best = rank;
        at = i;
      }
    }
    if (best === NO_MERGE) break;
    ids[at] = table.merged(best);
    ends[at] = ends[at + 1]!;
    count--;
    for (let i = at + 1; i < count; i++) {
      ids[i] = ids[i + 1]!;
      starts[i] = starts[i + 1]!;
      ends[i] = ends[i + 1]!;
      ranks[i] = ranks[i + 1]!;
    }
    if (at > 0) ranks[at - 1] = table.find(ids[at - 1]!, ids[at]!);
    if (at + 1 < count) ranks[at] = table.find(ids[at]!, ids[at + 1]!);
  }
  symbols.count = count;
}

/** A pair in the heap is one number, so that the order is by rank, then by position. */
const POSITIONS = 2 ** 24;

function mergeMany(symbols: WordSymbols, table: MergeTable): void {
  const { ids, starts, ends, count } = symbols;
  const next = new Int32Array(count);
  const previous = new Int32Array(count);
  const heap = new MinHeap(count);
  const offer = (left: number, right: number) => {
    const rank = table.find(ids[left]!, ids[right]!);
    if (rank !== NO_MERGE) heap.push(rank * POSITIONS + left);
  };
  for (let i = 0; i < count; i++) {
    next[i] = i + 1;
    previous[i] = i - 1;
    if (i + 1 < count) offer(i, i + 1);
  }
  for (let pair = heap.pop(); pair !== undefined; pair = heap.pop()) {
    const rank = Math.floor(pair / POSITIONS);
    const left = pair - rank * POSITIONS;
    const right = next[left]!;
    // Pairs whose symbols have merged otherwise since are still in the heap.
    if (ids[left]! < 0 || right >= count || table.find(ids[left]!, ids[right]!) !== rank) continue;
    ids[left] = table.merged(rank);
    ends[left] = ends[right]!;
    ids[right] = -1;
    const after = next[left] = next[right]!;
    if (after < count) {
      previous[after] = left;
      offer(left, after);
    }
    if (previous[left]! >= 0) offer(previous[left]!, left);
  }
  let left = 0;
  for (let i = 0; i < count; i = next[i]!, left++) {
    ids[left] = ids[i]!;
    starts[left] = starts[i]!;
    ends[left] = ends[i]!;
  }
  symbols.count = left;
}
