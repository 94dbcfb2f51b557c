/**
 * Byte-pair encoding of one word, as `SimpleTokenizer.bpe` of openai/CLIP: the pair with the lowest
 * merge number is joined first, everywhere from left to right, until no pair merges.
 */

import { BYTE_IDS, LONGEST_TOKEN, type MergeTable, NO_MERGE } from "./merges.ts";
import { MinHeap } from "./min_heap.ts";

/** Ids of bytes that end a word follow those of plain bytes. */
const WORD_END = 256;
/** From this length on a heap of pairs is faster than looking at every pair for every merge. */
const HEAP_FROM = 96;

/**
 * Token ids of the word whose UTF-8 is the first `length` bytes of `bytes`, written to `ids` from 0;
 * gives their number. `ids` needs room for `length` ids; `length` is at least 1.
 *
 * Quadratic for words of a few dozen bytes, n log n beyond.
 */
export function encodeWord(
  bytes: Uint8Array,
  length: number,
  merges: MergeTable,
  ids: Int32Array,
): number {
  for (let i = 0; i < length; i++) ids[i] = BYTE_IDS[bytes[i]!]!;
  ids[length - 1]! += WORD_END;
  return merge(ids, length, merges);
}

/** Bytes of a long word that are looked at first. */
const FIRST_LOOK = 512;

/**
 * The first `wanted` ids (at least 1) of a word that begins with the first `length` bytes of `bytes`
 * and goes on, whatever follows; false where what follows may matter. As `encodeWord` else.
 *
 * The word has a token that ends in the last `LONGEST_TOKEN` bytes of any part of it, and up to the
 * end of a token the ids are those of that part alone: no merge crosses it. So if the ids of all
 * parts that end there begin alike, the word's do too.
 */
export function encodeWordStart(
  bytes: Uint8Array,
  length: number,
  wanted: number,
  merges: MergeTable,
  ids: Int32Array,
): boolean {
  for (let look = Math.min(FIRST_LOOK, length);; look = Math.min(2 * look, length)) {
    if (beginAlike(bytes, look, wanted, merges, ids)) return true;
    if (look === length) return false;
  }
}

function beginAlike(
  bytes: Uint8Array,
  look: number,
  wanted: number,
  merges: MergeTable,
  ids: Int32Array,
): boolean {
  let first: Int32Array | undefined;
  for (let end = look; end > Math.max(0, look - LONGEST_TOKEN); end--) {
    for (let i = 0; i < end; i++) ids[i] = BYTE_IDS[bytes[i]!]!;
    if (merge(ids, end, merges) < wanted) return false;
    first ??= ids.slice(0, wanted);
    for (let i = 0; i < wanted; i++) if (ids[i] !== first[i]) return false;
  }
  return true;
}

function merge(ids: Int32Array, length: number, merges: MergeTable): number {
  return length < HEAP_FROM ? mergeShort(ids, length, merges) : mergeLong(ids, length, merges);
}

/** What each pair of the word at hand merges into: `mergeShort` looks each pair up only once. */
const pairs = new Uint16Array(HEAP_FROM);

function mergeShort(ids: Int32Array, length: number, merges: MergeTable): number {
  for (let i = 0; i + 1 < length; i++) pairs[i] = merges.find(ids[i]!, ids[i + 1]!);
  for (;;) {
    let best = NO_MERGE;
    let at = 0;
    for (let i = 0; i + 1 < length; i++) {
      if (pairs[i]! < best) best = pairs[at = i]!;
    }
    if (best === NO_MERGE) return length;
    ids[at] = best;
    length--;
    for (let i = at + 1; i < length; i++) {
      ids[i] = ids[i + 1]!;
      pairs[i] = pairs[i + 1]!;
    }
    if (at > 0) pairs[at - 1] = merges.find(ids[at - 1]!, best);
    if (at + 1 < length) pairs[at] = merges.find(best, ids[at + 1]!);
  }
}

// A pair in the heap is one number, so that the order is by merge, then by position.
const POSITIONS = 2 ** 32;

/**
 * The same with a heap and a linked list. One occurrence at a time is the same as all of a pair at
 * once, since a new token only takes part in later merges than the one that made it.
 */
function mergeLong(ids: Int32Array, length: number, merges: MergeTable): number {
  const next = new Int32Array(length);
  const previous = new Int32Array(length);
  const heap = new MinHeap(length + 1);
  const consider = (left: number, right: number) => {
    const merged = merges.find(ids[left]!, ids[right]!);
    if (merged !== NO_MERGE) heap.push(merged * POSITIONS + left);
  };
  for (let i = 0; i < length; i++) {
    next[i] = i + 1;
    previous[i] = i - 1;
    if (i + 1 < length) consider(i, i + 1);
  }
  for (let pair = heap.pop(); pair !== undefined; pair = heap.pop()) {
    const merged = Math.floor(pair / POSITIONS);
    const left = pair - merged * POSITIONS;
    const right = next[left]!;
    // Pairs whose tokens have merged otherwise since are still in the heap.
    if (ids[left]! < 0 || right >= length) continue;
    if (merges.find(ids[left]!, ids[right]!) !== merged) continue;
    ids[left] = merged;
    ids[right] = -1;
    const after = next[left] = next[right]!;
    if (after < length) {
      previous[after] = left;
      consider(left, after);
    }
    if (previous[left]! >= 0) consider(previous[left]!, left);
  }
  let count = 0;
  for (let i = 0; i < length; i = next[i]!) ids[count++] = ids[i]!;
  return count;
}
