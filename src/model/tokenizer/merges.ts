/**
 * CLIP's byte-pair merges as a hash table of token-id pairs, loaded once per thread from
 * `merges.bin` (OpenAI's `bpe_simple_vocab_16e6.txt`, MIT; see `tools/extract_bpe_merges.ts`).
 *
 * Token ids: 0..255 are bytes, 256..511 bytes that end a word, and merge number `r` makes 512 + r.
 */

/** Id of the first merged token. */
export const FIRST_MERGE_ID = 512;
/** Number of merges in CLIP's vocabulary. */
export const MERGE_COUNT = 48_894;
/** Bytes of the longest token. */
export const LONGEST_TOKEN = 32;
/** CLIP's vocabulary: bytes, merges, start-of-text and end-of-text. */
export const CLIP_VOCAB_SIZE = FIRST_MERGE_ID + MERGE_COUNT + 2;
/** What `MergeTable.find` gives for a pair that does not merge. */
export const NO_MERGE = 0xffff;

const SLOTS = 1 << 17;
const HASH_FACTOR = 0x9e3779b1;
const HASH_SHIFT = 32 - 17;

/** Merged ids by pair: open addressing, under 40 % full, 768 kB. */
export class MergeTable {
  readonly #keys = new Uint32Array(SLOTS);
  readonly #merged = new Uint16Array(SLOTS).fill(NO_MERGE);

  /** `pairs` holds `left + right * 65536` for each merge, in the order of the merges. */
  constructor(pairs: Uint32Array) {
    const keys = this.#keys;
    const merged = this.#merged;
    for (let rank = 0; rank < pairs.length; rank++) {
      const key = pairs[rank]!;
      let slot = Math.imul(key, HASH_FACTOR) >>> HASH_SHIFT;
      while (merged[slot] !== NO_MERGE) slot = (slot + 1) & (SLOTS - 1);
      keys[slot] = key;
      merged[slot] = FIRST_MERGE_ID + rank;
    }
  }

  /** Id of the token that `left` and `right` merge into, or `NO_MERGE`. A lower id merges first. */
  find(left: number, right: number): number {
    const key = ((right << 16) | left) >>> 0;
    let slot = Math.imul(key, HASH_FACTOR) >>> HASH_SHIFT;
    for (;;) {
      const merged = this.#merged[slot]!;
      if (merged === NO_MERGE || this.#keys[slot] === key) return merged;
      slot = (slot + 1) & (SLOTS - 1);
    }
  }
}

/** Id of each byte's token: the order of `bytes_to_unicode()` of openai/CLIP, printable first. */
export const BYTE_IDS: Uint16Array = byteIds();

function byteIds(): Uint16Array {
  const ids = new Uint16Array(256);
  const printable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let id = 0;
  for (let byte = 0; byte < 256; byte++) if (printable(byte)) ids[byte] = id++;
  for (let byte = 0; byte < 256; byte++) if (!printable(byte)) ids[byte] = id++;
  return ids;
}

let table: MergeTable | undefined;

/** This thread's merge table. Reads `merges.bin` beside this module on the first call. */
export function clipMerges(): MergeTable {
  return table ??= new MergeTable(clipMergePairs());
}

/** `left + right * 65536` for each merge, in the order of the merges: read from `merges.bin`. */
export function clipMergePairs(): Uint32Array {
  const bytes = Deno.readFileSync(new URL("./merges.bin", import.meta.url));
  // The file is little-endian, as is every machine that Deno runs on.
  return new Uint32Array(bytes.buffer, bytes.byteOffset, MERGE_COUNT);
}
