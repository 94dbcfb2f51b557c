/** Puts pieces of bytes together without ever copying much of them at one go. */
import { Pace } from "../../pace.ts";
import type { Hold } from "../admission/held_bytes.ts";

/**
 * Memory is taken in steps of these sizes, of what is declared: what has come pays for at most 64
 * times as much, but for the first, which is small: there are many that never send more.
 */
const FIRST_BYTES = 4 * 1024;
const SECOND_BYTES = 64 * 1024;
/**
 * Up to here a larger buffer replaces a smaller one, beyond it more of this size are kept beside it;
 * a `Content-Length` is believed when this much has come.
 */
const BLOCK_BYTES = 4 * 1024 * 1024;

/** Collects one body. A single piece that is the whole is kept as it came. */
export class Collector {
  readonly #declared: number;
  readonly #hold: Hold;
  /** Blocks that are full. */
  #blocks: Uint8Array[] = [];
  #block: Uint8Array | undefined;
  /** Bytes of `#block` that are used. */
  #used = 0;
  /** Bytes in the full blocks. */
  #before = 0;
  #length = 0;
  #held = 0;

  /**
   * @param declared the length that the client says, 0 if it does not say.
   * @param hold counts the memory that is taken.
   */
  constructor(declared: number, hold: Hold) {
    this.#declared = declared;
    this.#hold = hold;
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** Takes a piece, which nobody else keeps. @throws {ClipError} what the hold throws. */
  add(piece: Uint8Array): void {
    if (this.#length === 0 && piece.length > 0 && piece.length >= this.#declared) {
      this.#grow(piece.length);
      this.#block = piece;
      this.#used = piece.length;
    } else {
      this.#copy(piece);
    }
    this.#length += piece.length;
  }

  /** All of it, in one array; nothing more may be added. @throws {ClipError} what the hold throws. */
  async bytes(): Promise<Uint8Array> {
    const last = this.#block?.subarray(0, this.#used) ?? new Uint8Array(0);
    const blocks = this.#blocks;
    if (blocks.length === 0) return last;
    blocks.push(last);
    this.#block = undefined;
    this.#grow(this.#length);
    const pace = new Pace();
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const [index, block] of blocks.entries()) {
      whole.set(block, at);
      at += block.length;
      // Let go of one by one: both copies are never there whole.
      blocks[index] = last;
      if (pace.due) await pace.breathe();
    }
    this.#shrink(this.#held - this.#length);
    this.#blocks = [];
    return whole;
  }

  /** Lets go of what was collected. */
  release(): void {
    this.#shrink(this.#held);
    this.#blocks = [];
    this.#block = undefined;
  }

  #copy(piece: Uint8Array): void {
    for (let from = 0; from < piece.length;) {
      const block = this.#roomFor(piece.length - from);
      const part = piece.subarray(from, from + block.length - this.#used);
      block.set(part, this.#used);
      this.#used += part.length;
      from += part.length;
    }
  }

  /** A block that has room for a byte at least. */
  #roomFor(bytes: number): Uint8Array {
    const old = this.#block;
    if (old && this.#used < old.length) return old;
    const announced = this.#declared > this.#before + this.#used;
    const size = nextSize(old?.length ?? 0, announced ? this.#declared : undefined, bytes);
    this.#grow(size);
    const block = new Uint8Array(size);
    if (old && old.length >= BLOCK_BYTES && !announced) {
      this.#blocks.push(old);
      this.#before += old.length;
      this.#used = 0;
    } else if (old) {
      block.set(old);
      this.#shrink(old.length);
    }
    return this.#block = block;
  }

  #grow(bytes: number): void {
    this.#hold.grow(bytes);
    this.#held += bytes;
  }

  #shrink(bytes: number): void {
    this.#hold.shrink(bytes);
    this.#held -= bytes;
  }
}

/**
 * The size of the block behind one of `size` bytes, which replaces it or is put beside it.
 * @param declared what the whole is to be, if more is expected of it.
 * @param coming what has come and has no room.
 */
function nextSize(size: number, declared: number | undefined, coming: number): number {
  if (declared !== undefined) {
    if (size >= BLOCK_BYTES) return declared;
    return Math.min(declared, size >= SECOND_BYTES ? BLOCK_BYTES : firstSize(size, coming));
  }
  if (size === 0) return firstSize(size, coming);
  return Math.min(BLOCK_BYTES, Math.max(SECOND_BYTES, 2 * size));
}

/** The size of a first block, or of the one that replaces a small first one. */
function firstSize(size: number, coming: number): number {
  return size === 0 && coming <= FIRST_BYTES ? FIRST_BYTES : Math.max(SECOND_BYTES, coming);
}
