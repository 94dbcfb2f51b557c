/** Dense arrays as numpy writes them: any number type, any byte order, row-major. */
import { ClipError } from "../../../errors.ts";
import type { NdArray } from "./document.ts";

/** Elements that an empty buffer may stand for: docarray reads it as zeros of the given shape. */
const MAX_IMPLIED_ZEROS = 1 << 24;
/** numpy has no arrays of more dimensions. */
export const MAX_DIMENSIONS = 32;

/** A number type of numpy. */
export interface ElementType {
  /** Unsigned, signed, floating point, boolean. */
  kind: "u" | "i" | "f" | "b";
  /** Bytes of one element. */
  size: 1 | 2 | 4 | 8;
  littleEndian: boolean;
}

const NAMES: Record<string, string> = {
  bool: "b1",
  byte: "i1",
  ubyte: "u1",
  short: "i2",
  int: "i8",
  long: "i8",
  half: "f2",
  single: "f4",
  float: "f8",
  double: "f8",
};
for (const [name, kind] of [["int", "i"], ["uint", "u"], ["float", "f"]] as const) {
  for (const bits of [8, 16, 32, 64]) {
    if (!(kind === "f" && bits === 8)) NAMES[`${name}${bits}`] = `${kind}${bits / 8}`;
  }
}
const CODE = /^([<>|=]?)([uifb])([1248])$/;

/**
 * Reads numpy's `dtype.str` (`<f4`, `|u1`, `>i2`) or a plain name (`float32`).
 *
 * @throws {ClipError} document: not a number type (`<c8`, `|S3`, `object`, …).
 */
export function parseElementType(dtype: string): ElementType {
  const match = CODE.exec(Object.hasOwn(NAMES, dtype) ? NAMES[dtype]! : dtype);
  const kind = match?.[2] as ElementType["kind"] | undefined;
  const size = Number(match?.[3]) as ElementType["size"];
  const known = kind !== undefined && !(kind === "f" && size === 1) &&
    !(kind === "b" && size !== 1);
  if (!known) {
    throw new ClipError(
      "document",
      `Cannot read the array as its dtype is not a number type: received '${
        dtype.slice(0, 40)
      }', expected '<f4', '|u1', 'float32', …`,
    );
  }
  return { kind, size, littleEndian: match?.[1] !== ">" };
}

/**
 * The embedding as clients expect it: float32, shape `[D]`, made into a numpy array.
 *
 * @param vector float32 `[D]`; the result's buffer is a view of it.
 */
export function embeddingToNdArray(vector: Float32Array): NdArray {
  return {
    buffer: new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength),
    shape: [vector.length],
    dtype: "<f4",
    clsName: "numpy",
  };
}

/** Elements of an array: the product of its shape, 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * The raw bytes of a dense array and their type, checked against its shape.
 *
 * @throws {ClipError} document: sparse, unknown dtype, or a buffer of the wrong size.
 */
export function denseBytes(array: NdArray): { bytes: Uint8Array; type: ElementType } {
  if (array.sparse !== undefined) {
    throw new ClipError("document", "Cannot read the array as it is sparse: send it dense");
  }
  if (array.shape.length > MAX_DIMENSIONS) {
    throw new ClipError(
      "document",
      `Cannot read the array as it has ${array.shape.length} dimensions: at most ${MAX_DIMENSIONS} are possible`,
    );
  }
  const type = parseElementType(array.dtype);
  const count = elementCount(array.shape);
  const wanted = count * type.size;
  if (array.buffer.length === wanted) return { bytes: array.buffer, type };
  if (array.buffer.length === 0 && count <= MAX_IMPLIED_ZEROS) {
    return { bytes: new Uint8Array(wanted), type };
  }
  throw new ClipError(
    "document",
    `Cannot read the array as its buffer does not fit shape [${
      array.shape.slice(0, 8).join(", ")
    }] of ${array.dtype}: received ${array.buffer.length} bytes, expected ${wanted}`,
  );
}

/** A typed array of JavaScript numbers. */
export type Numbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/**
 * The elements as numbers, row-major: a view where type and alignment allow, else a copy. 64-bit
 * integers beyond 2^53 lose precision; float16 becomes float32.
 *
 * @throws {ClipError} document: as `denseBytes`.
 */
export function readNumbers(array: NdArray): Numbers {
  const { bytes, type } = denseBytes(array);
  const { kind, size, littleEndian } = type;
  if (size === 1) return kind === "i" ? view(Int8Array, bytes) : bytes;
  if (littleEndian) {
    const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
    switch (`${kind}${size}`) {
      case "u2":
        return view(Uint16Array, aligned);
      case "i2":
        return view(Int16Array, aligned);
      case "u4":
        return view(Uint32Array, aligned);
      case "i4":
        return view(Int32Array, aligned);
      case "f4":
        return view(Float32Array, aligned);
      case "f8":
        return view(Float64Array, aligned);
    }
  }
  const from = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length / size;
  const numbers = kind === "f" && size < 8 ? new Float32Array(count) : new Float64Array(count);
  for (let i = 0; i < count; i++) numbers[i] = readElement(from, i * size, type);
  return numbers;
}

function view<T>(
  type: new (buffer: ArrayBufferLike, offset: number, length: number) => T,
  bytes: Uint8Array,
): T {
  const size = (type as unknown as { BYTES_PER_ELEMENT: number }).BYTES_PER_ELEMENT;
  return new type(bytes.buffer, bytes.byteOffset, bytes.length / size);
}

function readElement(from: DataView, at: number, type: ElementType): number {
  const { littleEndian } = type;
  switch (`${type.kind}${type.size}`) {
    case "u2":
      return from.getUint16(at, littleEndian);
    case "i2":
      return from.getInt16(at, littleEndian);
    case "u4":
      return from.getUint32(at, littleEndian);
    case "i4":
      return from.getInt32(at, littleEndian);
    case "u8":
      return Number(from.getBigUint64(at, littleEndian));
    case "i8":
      return Number(from.getBigInt64(at, littleEndian));
    case "f2":
      return from.getFloat16(at, littleEndian);
    case "f4":
      return from.getFloat32(at, littleEndian);
    default:
      return from.getFloat64(at, littleEndian);
  }
}
