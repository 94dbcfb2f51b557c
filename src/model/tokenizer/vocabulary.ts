/** CLIP's tokens by their ids: the bytes that they stand for, and how the vocabulary spells them. */

import { BYTE_IDS, clipMergePairs, FIRST_MERGE_ID } from "./merges.ts";

/** From here to `FIRST_MERGE_ID` are bytes that end a word. */
const WORD_END_IDS = 256;

/** Byte of each of the first 256 ids. */
const ID_BYTES = new Uint8Array(256);
BYTE_IDS.forEach((id, byte) => ID_BYTES[id] = byte);

let pairs: Uint32Array | undefined;
let lengths: Uint8Array | undefined;

/** Tokens that are still to be written. */
const open: number[] = [];

/**
 * Writes the bytes of a token, any but start-of-text and end-of-text, to `bytes` from `at` on.
 * @returns whether it ends a word.
 */
export function writeToken(id: number, bytes: Uint8Array, at: number): boolean {
  pairs ??= clipMergePairs();
  open.length = 0;
  for (let next = id;;) {
    if (next >= FIRST_MERGE_ID) {
      const pair = pairs[next - FIRST_MERGE_ID]!;
      open.push(pair >>> 16);
      next = pair & 0xffff;
      continue;
    }
    bytes[at++] = ID_BYTES[next % WORD_END_IDS]!;
    if (open.length === 0) return next >= WORD_END_IDS;
    next = open.pop()!;
  }
}

/** How many bytes each token stands for, by id; start-of-text and end-of-text are not in it. */
export function tokenLengths(): Uint8Array {
  if (lengths !== undefined) return lengths;
  pairs ??= clipMergePairs();
  lengths = new Uint8Array(FIRST_MERGE_ID + pairs.length).fill(1, 0, FIRST_MERGE_ID);
  // A merge joins tokens that are there before it.
  for (let rank = 0; rank < pairs.length; rank++) {
    const pair = pairs[rank]!;
    lengths[FIRST_MERGE_ID + rank] = lengths[pair & 0xffff]! + lengths[pair >>> 16]!;
  }
  return lengths;
}

/** A byte as `bytes_to_unicode()` of openai/CLIP shows it: the ids follow the same order. */
function byteSpelling(byte: number): string {
  const id = BYTE_IDS[byte]!;
  // The printable ones, 188 of them, are themselves; the others are numbered from U+0100 on.
  return String.fromCharCode(id < PRINTABLE ? byte : 0x100 + id - PRINTABLE);
}

const PRINTABLE = 188;

/** A token as the vocabulary spells it, like `photo</w>`: any but start-of-text and end-of-text. */
export function tokenSpelling(id: number): string {
  const bytes = new Uint8Array(tokenLengths()[id]!);
  const endsWord = writeToken(id, bytes, 0);
  return Array.from(bytes, byteSpelling).join("") + (endsWord ? "</w>" : "");
}
