/** Arrays as nested JSON lists. */
import type { JsonBytes } from "../../../encoding/json_bytes.ts";
import type { Sliced, Slices } from "../../../encoding/slices.ts";
import type { NdArray } from "../document/document.ts";
import {
  denseBytes,
  elementCount,
  MAX_DIMENSIONS,
  type Numbers,
  readNumbers,
} from "../document/nd_array.ts";

/** What is wrong with lists that are no array. */
export const UNEQUAL = "it is a list of lists of unequal length";
/** What is wrong with an array of anything else. */
export const NOT_NUMBERS = "value is not a list of numbers";
/** What is wrong with lists in lists without end. */
export const TOO_DEEP = `it has more than ${MAX_DIMENSIONS} dimensions`;

/**
 * Makes an array of nested lists of numbers, as `numpy.array` does: `|b1` of booleans, `|u1` or
 * `<i8` of integers, `<f8` of anything else, so that every number comes back as it was.
 *
 * @returns the array, or what is wrong: `NOT_NUMBERS` if something in it is no number, else
 * `UNEQUAL` or `TOO_DEEP`.
 */
export function nestedToNdArray(value: unknown[]): NdArray | string {
  const shape: number[] = [];
  for (let inner: unknown = value; Array.isArray(inner); inner = inner[0]) {
    if (shape.push(inner.length) > MAX_DIMENSIONS) {
      return notNumbers(value) ?? TOO_DEEP;
    }
  }
  const numbers: number[] = [];
  const booleans = flatten(value, shape, 0, numbers);
  if (booleans === undefined) return notNumbers(value) ?? UNEQUAL;
  return { ...store(numbers, booleans), shape, clsName: "numpy" };
}

/** Appends the elements to `out`; whether all of them are booleans, undefined if it is no array. */
function flatten(
  list: unknown[],
  shape: number[],
  level: number,
  out: number[],
): boolean | undefined {
  if (list.length !== shape[level]) return undefined;
  let booleans = list.length > 0;
  const leaves = level === shape.length - 1;
  for (const item of list) {
    if (leaves) {
      if (typeof item === "number") booleans = false;
      else if (typeof item !== "boolean") return undefined;
      out.push(Number(item));
    } else {
      const all = Array.isArray(item) ? flatten(item, shape, level + 1, out) : undefined;
      if (all === undefined) return undefined;
      booleans = all && booleans;
    }
  }
  return booleans;
}

/** `NOT_NUMBERS` if something in the lists is neither a number nor a boolean. */
function notNumbers(list: unknown[]): string | undefined {
  for (const item of list) {
    if (typeof item === "number" || typeof item === "boolean") continue;
    if (!Array.isArray(item) || notNumbers(item)) return NOT_NUMBERS;
  }
}

function store(numbers: number[], booleans: boolean): Pick<NdArray, "buffer" | "dtype"> {
  if (booleans) return { buffer: Uint8Array.from(numbers), dtype: "|b1" };
  let bytes = numbers.length > 0;
  let integers = bytes;
  for (const number of numbers) {
    if (!Number.isSafeInteger(number) || Object.is(number, -0)) {
      integers = bytes = false;
      break;
    }
    if (number < 0 || number > 255) bytes = false;
  }
  if (bytes) return { buffer: Uint8Array.from(numbers), dtype: "|u1" };
  const typed = integers
    ? BigInt64Array.from(numbers, (number) => BigInt(number))
    : Float64Array.from(numbers);
  return { buffer: new Uint8Array(typed.buffer), dtype: integers ? "<i8" : "<f8" };
}

/**
 * Writes an array as nested JSON lists. Float32 and float16 have the fewest digits that read back to
 * the same float32. Numbers that JSON does not have (NaN, infinities) are `null`; so is the whole of
 * a sparse array, of one without dimensions or of one that cannot be read.
 */
export function writeNdArray(json: JsonBytes, array: NdArray): void {
  const { shape } = array;
  let numbers: Numbers;
  let boolean: boolean;
  try {
    boolean = denseBytes(array).type.kind === "b";
    numbers = readNumbers(array);
  } catch {
    return json.raw("null");
  }
  // A lone number is no list, and not read back either.
  if (shape.length === 0) json.raw("null");
  // Else a shape such as [4000000000, 0] would be four billion empty lists out of no bytes.
  else if (elementCount(shape) === 0) json.raw("[]");
  else if (numbers instanceof Float32Array) json.floats(numbers, shape);
  else json.raw(nestedLists(numbers, shape, boolean));
}

function nestedLists(numbers: Numbers, shape: number[], boolean: boolean): string {
  let at = 0;
  const list = (level: number): string => {
    const size = shape[level];
    if (size === undefined) return String(numbers[at++] !== 0);
    if (level === shape.length - 1 && !boolean) {
      const row = JSON.stringify(Array.prototype.slice.call(numbers, at, at + size));
      at += size;
      return row;
    }
    const items = [];
    for (let i = 0; i < size; i++) items.push(list(level + 1));
    return `[${items.join(",")}]`;
  };
  return list(0);
}

/** Numbers that are written at a time. */
const PIECE_NUMBERS = 4096;

/** As `writeNdArray`, in slices. */
export function* writeLargeNdArray(
  json: JsonBytes,
  array: NdArray,
  slices: Slices,
): Sliced<void> {
  const { shape } = array;
  let dense: ReturnType<typeof denseBytes>;
  try {
    dense = denseBytes(array);
  } catch {
    return json.raw("null");
  }
  if (shape.length === 0 || elementCount(shape) === 0) return writeNdArray(json, array);
  const { bytes, type } = dense;
  const row = shape.at(-1)!;
  const rows = elementCount(shape) / row;
  /** Rows of a list of each level but the last. */
  const levels = shape.slice(0, -1).map((_, level) => elementCount(shape.slice(level + 1, -1)));
  const rowsOf = [rows, ...levels.slice(0, -1)];
  let text = "";
  for (let r = 0; r < rows; r++) {
    if (r > 0) text += ",";
    for (const size of rowsOf) if (shape.length > 1 && r % size === 0) text += "[";
    text += "[";
    for (let at = 0; at < row; at += PIECE_NUMBERS) {
      const count = Math.min(PIECE_NUMBERS, row - at);
      const from = (r * row + at) * type.size;
      const buffer = bytes.subarray(from, from + count * type.size);
      const numbers = readNumbers({ ...array, buffer, shape: [count] });
      if (at > 0) text += ",";
      if (numbers instanceof Float32Array) {
        json.raw(text);
        text = "";
        json.floatRow(numbers);
      } else {
        text += numbersText(numbers, type.kind === "b");
        if (count === PIECE_NUMBERS) {
          json.raw(text);
          text = "";
        }
      }
      if (slices.spent(count * 24)) yield;
    }
    text += "]";
    for (const size of rowsOf) if (shape.length > 1 && (r + 1) % size === 0) text += "]";
    if (text.length > PIECE_NUMBERS) {
      json.raw(text);
      text = "";
    }
  }
  json.raw(text);
}

function numbersText(numbers: Numbers, boolean: boolean): string {
  let text = "";
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!;
    if (i > 0) text += ",";
    if (boolean) text += number !== 0;
    else text += Number.isFinite(number) ? number : "null";
  }
  return text;
}
