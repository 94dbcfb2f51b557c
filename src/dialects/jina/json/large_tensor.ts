/** Nested lists of numbers, read from JSON bytes straight into one typed array. */
import type { JsonReader } from "../../../encoding/json_reader.ts";
import { numberEnd } from "../../../encoding/json_tokens.ts";
import type { Sliced, Slices } from "../../../encoding/slices.ts";
import type { NdArray } from "../document/document.ts";
import { MAX_DIMENSIONS } from "../document/nd_array.ts";
import type { RequestSize } from "../document/request_size.ts";
import { NOT_NUMBERS, TOO_DEEP, UNEQUAL } from "./ndarray.ts";

const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COMMA = 0x2c;
const MINUS = 0x2d;
const TRUE = 0x74;
const FALSE = 0x66;
const WINDOW = 1 << 14;
/** Digits of integers that doubles hold exactly, and so many more that powers of ten are exact. */
const EXACT_DIGITS = 15;
const POWERS = Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));
const LATIN1 = new TextDecoder("latin1");

/**
 * Reads the list at the cursor as `nestedToNdArray` reads it when it is parsed.
 * @returns the array; or what is wrong with it, in the same words.
 */
export function* readNestedNumbers(
  reader: JsonReader,
  size: RequestSize,
): Sliced<NdArray | string> {
  const shape = new ShapeFinder();
  const numbers = new NumberStore(yield* countBound(reader));
  const { bytes, slices } = reader;
  const start = reader.depth;
  reader.enter();
  shape.open();
  let first = true;
  let looked = reader.at;
  while (reader.depth > start) {
    if (reader.at - looked > WINDOW) {
      const units = (reader.at - looked) * 4;
      looked = reader.at;
      if (slices.spent(units)) yield;
      if (numbers.growing) yield* numbers.grow(slices);
    }
    let byte = bytes[reader.at]!;
    if (!first) {
      if (byte !== COMMA && byte !== CLOSE_LIST) byte = (yield* reader.next())!;
      if (byte === COMMA) {
        reader.at++;
        byte = bytes[reader.at]!;
        if (byte <= 0x20) byte = (yield* reader.next())!;
        if (byte === CLOSE_LIST) throw reader.fault("Expecting value");
      } else if (byte !== CLOSE_LIST) throw reader.fault("Expecting ',' delimiter");
    } else if (!(byte > 0x20)) byte = (yield* reader.next())!;
    if (byte === CLOSE_LIST) {
      reader.at++;
      reader.depth--;
      shape.close();
      first = false;
    } else if (byte === OPEN_LIST) {
      reader.enter();
      shape.open();
      first = true;
    } else {
      first = false;
      const at = reader.at;
      const end = numberEnd(bytes, at);
      if (end > at) {
        const run = end - at > EXACT_DIGITS + 3 ? readRun(bytes, at) : undefined;
        if (run === undefined) {
          reader.at = end;
          shape.leaf(true);
          if (shape.fault === undefined) numbers.push(readNumber(bytes, at, end), false);
        } else {
          reader.at = run.end;
          for (const value of run.values) {
            shape.leaf(true);
            if (shape.fault === undefined) numbers.push(value, false);
          }
        }
      } else {
        yield* reader.skip();
        const boolean = byte === TRUE || byte === FALSE;
        shape.leaf(boolean);
        if (boolean && shape.fault === undefined) numbers.push(byte === TRUE ? 1 : 0, true);
      }
    }
  }
  if (shape.fault !== undefined) return shape.fault;
  if (numbers.growing) yield* numbers.grow(slices);
  const stored = yield* numbers.finish(slices);
  size.weigh(stored.buffer.length);
  return { ...stored, shape: shape.shape, clsName: "numpy" };
}

/** At most so many numbers are in the list at the cursor: one more than there are commas. */
function* countBound({ bytes, at: start, slices }: JsonReader): Sliced<number> {
  let commas = 0;
  let depth = 0;
  for (let at = start; at < bytes.length;) {
    const stop = Math.min(at + WINDOW, bytes.length);
    for (; at < stop; at++) {
      const byte = bytes[at]!;
      if (byte === COMMA) commas++;
      else if (byte === OPEN_LIST) depth++;
      else if (byte === CLOSE_LIST && --depth === 0) return commas + 1;
    }
    if (slices.spent(WINDOW)) yield;
  }
  return commas + 1;
}

/** The number between two offsets, as `JSON.parse` reads it. */
function readNumber(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  const negative = bytes[at] === MINUS;
  if (negative) at++;
  if (to - at <= EXACT_DIGITS + 1) {
    let value = 0;
    let decimals = -1;
    for (; at < to; at++) {
      const digit = bytes[at]! - 0x30;
      if (digit >= 0 && digit <= 9) {
        value = value * 10 + digit;
        if (decimals >= 0) decimals++;
      } else if (bytes[at] === 0x2e) decimals = 0;
      else break;
    }
    // Fifteen digits and a power of ten are exact, and so one division is rounded right.
    if (at === to && (decimals >= 0 || to - from <= EXACT_DIGITS)) {
      if (decimals > 0) value /= POWERS[decimals]!;
      return negative ? -value : value;
    }
  }
  return Number(LATIN1.decode(bytes.subarray(from, to)));
}

/**
 * Numbers with many digits, which the runtime reads faster, as many as stand side by side.
 * @returns undefined if they are not all numbers.
 */
function readRun(
  bytes: Uint8Array,
  from: number,
): { values: number[]; end: number } | undefined {
  const window = bytes.subarray(from, from + WINDOW / 4);
  const close = window.indexOf(CLOSE_LIST);
  const length = close >= 0 ? close : window.lastIndexOf(COMMA);
  if (length <= 0) return undefined;
  try {
    const values = JSON.parse(`[${LATIN1.decode(window.subarray(0, length))}]`) as unknown[];
    if (!values.every((value) => typeof value === "number")) return undefined;
    return { values, end: from + length };
  } catch {
    return undefined;
  }
}

/** Finds the shape of nested lists, or what is wrong with it, as they are passed through. */
class ShapeFinder {
  readonly shape: number[] = [];
  /** Elements so far of each list that is open. */
  readonly #lengths: number[] = [];
  /** Lists inside the innermost have numbers in them: as deep as the first ones went. */
  #leaves = 0;
  /** Something that is neither a number nor a boolean is among the elements. */
  #foreign = false;
  #unfit: string | undefined;

  /** What is wrong, as `nestedToNdArray` has it. */
  get fault(): string | undefined {
    return this.#foreign ? NOT_NUMBERS : this.#unfit;
  }

  open(): void {
    if (this.#lengths.length > 0) this.#element(true);
    this.#lengths.push(0);
    if (this.#leaves === 0 && this.#lengths.length > MAX_DIMENSIONS) this.#unfit = TOO_DEEP;
  }

  close(): void {
    const length = this.#lengths.pop()!;
    const level = this.#lengths.length;
    if (this.#leaves === 0) this.#leaves = level + 1;
    if (level >= this.#leaves) return;
    if (this.shape[level] === undefined) this.shape[level] = length;
    else if (this.shape[level] !== length) this.#unfit ??= UNEQUAL;
  }

  /** @param isNumber or a boolean. */
  leaf(isNumber: boolean): void {
    if (this.#leaves === 0) this.#leaves = this.#lengths.length;
    this.#element(false);
    if (!isNumber) this.#foreign = true;
  }

  #element(isList: boolean): void {
    const level = this.#lengths.length;
    this.#lengths[level - 1]!++;
    if (this.#leaves > 0 && isList === level >= this.#leaves) this.#unfit ??= UNEQUAL;
  }
}

/** Numbers as the smallest kind of array that keeps them. */
class NumberStore {
  readonly #room: number;
  #bytes: Uint8Array | undefined;
  #doubles: Float64Array | undefined;
  #count = 0;
  #booleans = true;
  #integers = true;
  /** Numbers that no longer fit into bytes, until there is an array of doubles. */
  #waiting: number[] = [];

  constructor(room: number) {
    this.#room = room;
    this.#bytes = new Uint8Array(room);
  }

  /** Whether `grow` has to be called soon. */
  get growing(): boolean {
    return this.#waiting.length > 0;
  }

  push(value: number, boolean: boolean): void {
    if (!boolean) this.#booleans = false;
    if (this.#integers && (!Number.isSafeInteger(value) || Object.is(value, -0))) {
      this.#integers = false;
    }
    if (this.#doubles !== undefined) this.#doubles[this.#count++] = value;
    else if (this.#waiting.length > 0 || !this.#integers || value < 0 || value > 255) {
      this.#waiting.push(value);
    } else this.#bytes![this.#count++] = value;
  }

  /** Goes over to doubles. */
  *grow(slices: Slices): Sliced<void> {
    const doubles = new Float64Array(this.#room);
    const bytes = this.#bytes!.subarray(0, this.#count);
    for (let at = 0; at < bytes.length; at += WINDOW) {
      doubles.set(bytes.subarray(at, at + WINDOW), at);
      if (slices.spent(WINDOW)) yield;
    }
    for (const value of this.#waiting) doubles[this.#count++] = value;
    this.#waiting = [];
    this.#bytes = undefined;
    this.#doubles = doubles;
  }

  *finish(slices: Slices): Sliced<Pick<NdArray, "buffer" | "dtype">> {
    const count = this.#count;
    if (this.#bytes !== undefined && count > 0) {
      return { buffer: this.#bytes.subarray(0, count), dtype: this.#booleans ? "|b1" : "|u1" };
    }
    const doubles = (this.#doubles ?? new Float64Array(0)).subarray(0, count);
    if (this.#integers && count > 0) {
      // In place: both kinds have eight bytes.
      const integers = new BigInt64Array(doubles.buffer, 0, count);
      for (let at = 0; at < count; at++) {
        integers[at] = BigInt(doubles[at]!);
        if ((at & 1023) === 0 && slices.spent(16 * 1024)) yield;
      }
    }
    const buffer = new Uint8Array(doubles.buffer, 0, count * 8);
    return { buffer, dtype: this.#integers && count > 0 ? "<i8" : "<f8" };
  }
}
