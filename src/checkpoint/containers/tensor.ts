/** Tensors that stay in their file: strided views, joins and transposes, read when asked for. */

import type { ClipError } from "../../errors.ts";
import { firstNotFinite } from "../../finite.ts";
import { type ElementType, itemBytes, toFloat32, weightDtype } from "./dtype.ts";
import { quote, refuse } from "../refuse.ts";
import type { LazyTensor, TensorDtype } from "../state_dict.ts";

/** Raw bytes of one storage (a flat array that tensors are views of). Offsets in bytes. */
export interface Storage {
  read(offset: number, length: number): Uint8Array<ArrayBuffer>;
}

/** A tensor as a file describes it, bounds already checked by its reader. */
export interface StoredTensor {
  /** File, for messages. */
  readonly label: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** In elements, one a dimension; not negative. */
  readonly strides: readonly number[];
  /** In elements, from the storage's start. */
  readonly offset: number;
  readonly storage: Storage;
}

/** Most dimensions that any published weight has is 4; torch itself stops at 64. */
export const MAX_DIMENSIONS = 8;
/** Elements a view may have beyond its storage's, through zero strides (`expand`). */
const MAX_EXPANDED_ELEMENTS = 1 << 20;

/** Number of elements, or nothing if a dimension is unusable or the product is not a safe integer. */
export function elementCount(shape: readonly number[]): number | undefined {
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) return undefined;
    count *= size;
    if (!Number.isSafeInteger(count)) return undefined;
  }
  return count;
}

/** Row-major strides, in elements. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i] as number;
  }
  return strides;
}

/**
 * What is wrong with a view on a storage of `storageElements` elements, or nothing.
 */
export function viewFault(
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
  storageElements: number,
): string | undefined {
  if (shape.length > MAX_DIMENSIONS) {
    return `has ${shape.length} dimensions, at most ${MAX_DIMENSIONS} are read`;
  }
  const count = elementCount(shape);
  if (count === undefined) return `has the impossible shape [${shape}]`;
  if (strides.length !== shape.length || strides.some((s) => !Number.isSafeInteger(s) || s < 0)) {
    return `has the impossible strides [${strides}] for shape [${shape}]`;
  }
  if (!Number.isSafeInteger(offset) || offset < 0) return `has the impossible offset ${offset}`;
  const end = count === 0 ? offset : offset + span(shape, strides);
  if (!Number.isSafeInteger(end) || end > storageElements) {
    return `of shape [${shape}], strides [${strides}] at offset ${offset} reaches beyond its ` +
      `storage of ${storageElements} elements`;
  }
  if (count > storageElements && count > MAX_EXPANDED_ELEMENTS) {
    return `repeats a storage of ${storageElements} elements to ${count}`;
  }
  return undefined;
}

/** Elements from the first to the last that a non-empty view touches, both included. */
function span(shape: readonly number[], strides: readonly number[]): number {
  let last = 0;
  for (let i = 0; i < shape.length; i++) {
    last += ((shape[i] as number) - 1) * (strides[i] as number);
  }
  return last + 1;
}

/** Values of a stored tensor, contiguous and row-major, little-endian in the file's own type. */
export function readStored(tensor: StoredTensor): Uint8Array<ArrayBuffer> {
  const { shape, strides, offset, storage, type } = tensor;
  const size = itemBytes(type);
  const count = elementCount(shape) as number;
  if (count === 0) return new Uint8Array(0);
  const raw = storage.read(offset * size, span(shape, strides) * size);
  if (isContiguous(shape, strides)) return raw;
  return gather(raw, shape, strides, size, count);
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  const wanted = contiguousStrides(shape);
  // The stride of a dimension of one says nothing.
  return shape.every((length, i) => length === 1 || strides[i] === wanted[i]);
}

function gather(
  raw: Uint8Array<ArrayBuffer>,
  shape: readonly number[],
  strides: readonly number[],
  size: number,
  count: number,
): Uint8Array<ArrayBuffer> {
  const view = size === 8
    ? BigUint64Array
    : size === 4
    ? Uint32Array
    : size === 2
    ? Uint16Array
    : Uint8Array;
  const from = new view(raw.buffer, raw.byteOffset, raw.length / size);
  const to = new view(count);
  const index = new Array<number>(shape.length).fill(0);
  const inner = shape.length - 1;
  const innerLength = shape[inner] as number;
  const innerStride = strides[inner] as number;
  let start = 0;
  for (let done = 0; done < count; done += innerLength) {
    let at = start;
    for (let i = 0; i < innerLength; i++, at += innerStride) {
      to[done + i] = from[at] as never;
    }
    for (let axis = inner - 1; axis >= 0; axis--) {
      const next = (index[axis] as number) + 1;
      start += strides[axis] as number;
      if (next < (shape[axis] as number)) {
        index[axis] = next;
        break;
      }
      start -= next * (strides[axis] as number);
      index[axis] = 0;
    }
  }
  return new Uint8Array(to.buffer as ArrayBuffer);
}

/**
 * A stored tensor as a weight. Reading it throws if it holds NaN or infinity: everything that is
 * computed with it would be NaN.
 * @throws {ClipError} if its element type is no weight's
 */
export function lazyTensor(tensor: StoredTensor, name: string): LazyTensor {
  const dtype = weightDtype(tensor.type);
  if (dtype === undefined) {
    throw refuse(
      tensor.label,
      `tensor '${name}' has element type '${tensor.type}': wanted float32, float16 or bfloat16`,
    );
  }
  const widened = (raw: Uint8Array<ArrayBuffer>) => {
    const values = toFloat32(raw, tensor.type);
    const at = firstNotFinite(values);
    if (at >= 0) throw notFinite(tensor, name, at, values[at] as number);
    return values;
  };
  return {
    dtype,
    shape: tensor.shape,
    read: () => widened(readStored(tensor)),
    readRaw() {
      const raw = readStored(tensor);
      const values = widened(raw);
      return tensor.type === "float64" ? rawBytes(values) : raw;
    },
  };
}

function notFinite(tensor: StoredTensor, name: string, at: number, value: number): ClipError {
  return refuse(
    tensor.label,
    `tensor ${quote(name)} holds ${value} (element ${at} of ${elementCount(tensor.shape)}, ` +
      `${tensor.type}): a training that diverged or a damaged file; every embedding would be NaN`,
  );
}

/** The same values under another shape of the same number of elements. */
export function reshaped(tensor: LazyTensor, shape: readonly number[]): LazyTensor {
  return { ...tensor, shape };
}

/** Zeros that are in no file. */
export function zeros(shape: readonly number[]): LazyTensor {
  const read = () => new Float32Array(elementCount(shape) ?? 0);
  return { dtype: "float32", shape, read, readRaw: () => rawBytes(read()) };
}

/** Rows `from` up to `to` of `[R, …]`. */
export function rowsOf(tensor: LazyTensor, from: number, to: number): LazyTensor {
  const [, ...rest] = tensor.shape;
  const row = elementCount(rest) ?? 0;
  const bytes = row * itemBytes(tensor.dtype);
  return {
    dtype: tensor.dtype,
    shape: [to - from, ...rest],
    read: () => tensor.read().slice(from * row, to * row),
    readRaw: () => tensor.readRaw().slice(from * bytes, to * bytes),
  };
}

/** `[R, C]` as `[C, R]`. */
export function transposed(tensor: LazyTensor): LazyTensor {
  const [rows = 0, columns = 0] = tensor.shape;
  const turn = (raw: Uint8Array<ArrayBuffer>, size: number) =>
    rows * columns === 0 ? raw : gather(raw, [columns, rows], [1, columns], size, rows * columns);
  return {
    dtype: tensor.dtype,
    shape: [columns, rows],
    read() {
      const turned = turn(rawBytes(tensor.read()), 4);
      return new Float32Array(turned.buffer);
    },
    readRaw: () => turn(aligned(tensor.readRaw()), itemBytes(tensor.dtype)),
  };
}

/**
 * Tensors joined along their first dimension; all others must agree. Parts of several types are
 * joined as float32.
 */
export function concatenated(parts: readonly LazyTensor[]): LazyTensor {
  const first = parts[0] as LazyTensor;
  const rows = parts.reduce((sum, part) => sum + (part.shape[0] as number), 0);
  const dtype: TensorDtype = parts.every((part) => part.dtype === first.dtype)
    ? first.dtype
    : "float32";
  return {
    dtype,
    shape: [rows, ...first.shape.slice(1)],
    read() {
      const joined = new Float32Array(parts.reduce((n, p) => n + (elementCount(p.shape) ?? 0), 0));
      let at = 0;
      for (const part of parts) {
        const values = part.read();
        joined.set(values, at);
        at += values.length;
      }
      return joined;
    },
    readRaw() {
      const raws = parts.map((part) =>
        part.dtype === dtype ? part.readRaw() : rawBytes(part.read())
      );
      const joined = new Uint8Array(raws.reduce((n, raw) => n + raw.length, 0));
      let at = 0;
      for (const raw of raws) {
        joined.set(raw, at);
        at += raw.length;
      }
      return joined;
    },
  };
}

function rawBytes(values: Float32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
}

function aligned(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  return raw.byteOffset % 8 === 0 ? raw as Uint8Array<ArrayBuffer> : new Uint8Array(raw);
}
