/** A piece of the memory in which the index's codes lie, with the kernel that looks through it. */
import type { Metric } from "../engine.ts";
import { type CodedQuery, codeSize, encode } from "./coding.ts";
import { KERNEL_WASM_BASE64 } from "./codes_wasm.ts";

/** What is known of a slot. */
export const SLOT = {
  /** Its document is gone. */
  removed: 0,
  /** Not in the graph yet. */
  waiting: 1,
  inGraph: 2,
  /** The graph cannot have it: it is looked at in every search. */
  apart: 3,
} as const;
/** The state of a slot. */
export type SlotState = (typeof SLOT)[keyof typeof SLOT];

/** Slots that the kernel looks at in one call. */
export const SLOTS_PER_CALL = 4096;

/** Bytes of codes that one segment has at most, and slots. */
const SEGMENT_BYTES = 1 << 27;
const SEGMENT_SLOTS = 1 << 18;

const PAGE = 1 << 16;

interface Kernel {
  products(
    query: number,
    codes: number,
    size: number,
    slots: number,
    count: number,
    into: number,
  ): void;
}

let compiled: WebAssembly.Module | undefined;

/** Slots of each segment but the last, of an index of so many dimensions. */
export function slotsPerSegment(dimensions: number): number {
  return Math.max(1, Math.min(SEGMENT_SLOTS, Math.floor(SEGMENT_BYTES / codeSize(dimensions))));
}

/** Slots one after the other, each with key, state, factor and code. Memory is used as it fills. */
export class CodeSegment {
  /** How many slots are in use. */
  length = 0;
  /** Ascending. */
  readonly keys: Float64Array<ArrayBuffer>;
  readonly states: Uint8Array<ArrayBuffer>;
  readonly factors: Float32Array<ArrayBuffer>;
  /** Sums of squares (euclidean only). */
  readonly squares: Float64Array<ArrayBuffer>;
  /** int8 `[slots, codeSize]`. */
  readonly codes: Int8Array<ArrayBuffer>;
  readonly #metric: Metric;
  readonly #dimensions: number;
  readonly #size: number;
  readonly #query: Int16Array<ArrayBuffer>;
  readonly #slots: Uint32Array<ArrayBuffer>;
  readonly #products: Int32Array<ArrayBuffer>;
  readonly #kernel: Kernel;

  constructor(metric: Metric, dimensions: number) {
    const capacity = slotsPerSegment(dimensions);
    this.#metric = metric;
    this.#dimensions = dimensions;
    this.#size = codeSize(dimensions);
    this.keys = new Float64Array(capacity);
    this.states = new Uint8Array(capacity);
    this.factors = new Float32Array(capacity);
    this.squares = new Float64Array(metric === "euclidean" ? capacity : 0);
    const codesAt = 2 * this.#size + 8 * SLOTS_PER_CALL;
    const pages = Math.ceil((codesAt + capacity * this.#size) / PAGE);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const buffer = memory.buffer as ArrayBuffer;
    this.#query = new Int16Array(buffer, 0, this.#size);
    this.#slots = new Uint32Array(buffer, 2 * this.#size, SLOTS_PER_CALL);
    this.#products = new Int32Array(buffer, 2 * this.#size + 4 * SLOTS_PER_CALL, SLOTS_PER_CALL);
    this.codes = new Int8Array(buffer, codesAt, capacity * this.#size);
    compiled ??= new WebAssembly.Module(Uint8Array.fromBase64(KERNEL_WASM_BASE64));
    const { exports } = new WebAssembly.Instance(compiled, { memory: { codes: memory } });
    this.#kernel = exports as unknown as Kernel;
  }

  get full(): boolean {
    return this.length === this.keys.length;
  }

  /** Takes an embedding into the next slot. */
  append(key: number, embeddings: Float32Array, at: number): void {
    const slot = this.length++;
    const code = this.codes.subarray(slot * this.#size, (slot + 1) * this.#size);
    this.keys[slot] = key;
    this.states[slot] = SLOT.waiting;
    this.factors[slot] = encode(this.#metric, embeddings, at, this.#dimensions, code);
    if (this.#metric === "euclidean") this.squares[slot] = this.#squaresOf(embeddings, at);
  }

  /** Takes over a slot of another segment. */
  copy(from: CodeSegment, slot: number): void {
    const size = this.#size;
    const own = this.length++;
    this.codes.set(from.codes.subarray(slot * size, (slot + 1) * size), own * size);
    this.keys[own] = from.keys[slot]!;
    this.states[own] = from.states[slot]!;
    this.factors[own] = from.factors[slot]!;
    if (this.#metric === "euclidean") this.squares[own] = from.squares[slot]!;
  }

  /** The slot numbers that the next `distances` is about, to be written. */
  get slots(): Uint32Array {
    return this.#slots;
  }

  /**
   * About how far each of the first `count` numbers in `slots` is from a query; for euclidean the
   * square of it.
   */
  distances(query: CodedQuery, count: number, into: Float64Array): void {
    const { codes, factor, squares } = query;
    this.#query.set(codes);
    this.#kernel.products(
      this.#query.byteOffset,
      this.codes.byteOffset,
      this.#size,
      this.#slots.byteOffset,
      count,
      this.#products.byteOffset,
    );
    for (let i = 0; i < count; i++) {
      const slot = this.#slots[i]!;
      const product = this.#products[i]! * factor * this.factors[slot]!;
      into[i] = this.#metric === "euclidean"
        ? squares + this.squares[slot]! - 2 * product
        : 1 - product;
    }
  }

  #squaresOf(embeddings: Float32Array, at: number): number {
    let sum = 0;
    for (let i = at; i < at + this.#dimensions; i++) sum += embeddings[i]! * embeddings[i]!;
    return sum;
  }
}
