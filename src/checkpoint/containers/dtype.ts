/** Element types as files name them, and the widening to float32. */

import type { TensorDtype } from "../state_dict.ts";

/** Every element type a checkpoint may hold; only the floating ones become weights. */
export type ElementType =
  | "float64"
  | "float32"
  | "float16"
  | "bfloat16"
  | "int64"
  | "int32"
  | "int16"
  | "int8"
  | "uint64"
  | "uint32"
  | "uint16"
  | "uint8"
  | "bool"
  | "float8_e4m3"
  | "float8_e5m2";

const ITEM_BYTES: Readonly<Record<ElementType, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint64: 8,
  uint32: 4,
  uint16: 2,
  uint8: 1,
  bool: 1,
  float8_e4m3: 1,
  float8_e5m2: 1,
};

/** Bytes of one element. */
export function itemBytes(type: ElementType): number {
  return ITEM_BYTES[type];
}

/** The weight type that `type` is read as, or nothing if it cannot be a weight. */
export function weightDtype(type: ElementType): TensorDtype | undefined {
  switch (type) {
    case "float16":
    case "bfloat16":
    case "float32":
      return type;
    // Nobody trains CLIP in float64, but a careless `.double()` before saving must not stop a load.
    case "float64":
      return "float32";
    default:
      return undefined;
  }
}

/**
 * Little-endian raw values, widened (float64: rounded) to float32. `bytes` must start at a
 * multiple of the element size in its buffer, as `ByteSource.read` guarantees.
 */
export function toFloat32(bytes: Uint8Array<ArrayBuffer>, type: ElementType): Float32Array {
  const count = bytes.length / ITEM_BYTES[type];
  switch (type) {
    case "float32":
      return new Float32Array(bytes.buffer, bytes.byteOffset, count);
    case "float16":
      return new Float32Array(new Float16Array(bytes.buffer, bytes.byteOffset, count));
    case "float64":
      return new Float32Array(new Float64Array(bytes.buffer, bytes.byteOffset, count));
    case "bfloat16": {
      const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, count);
      const words = new Uint32Array(count);
      for (let i = 0; i < count; i++) words[i] = (halves[i] as number) << 16;
      return new Float32Array(words.buffer);
    }
    default:
      throw new TypeError(`'${type}' is not a weight type`);
  }
}
