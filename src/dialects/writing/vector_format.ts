/** Vectors in the forms that clients ask for. */
import type { JsonBytes } from "../../encoding/json_bytes.ts";

/** The forms; `float` is a list of numbers, `base64` little-endian float32. */
export const VECTOR_FORMATS = ["float", "base64", "int8", "uint8", "binary", "ubinary"] as const;
/** One of them. */
export type VectorFormat = (typeof VECTOR_FORMATS)[number];

/** Largest value of int8. */
const INT8_MAX = 127;
/** uint8 is int8, shifted; so is `binary` of `ubinary`. */
const SHIFT = 128;

/** Writes a vector as JSON: a list of numbers, or a string of base64. */
export function writeVector(json: JsonBytes, vector: Float32Array, format: VectorFormat): void {
  if (format === "float") return json.floats(vector);
  if (format === "base64") {
    return json.base64(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
  }
  json.raw(`[${quantized(vector, format).join(",")}]`);
}

/**
 * A vector in whole numbers.
 *
 * `int8` and `uint8` (int8 + 128) are scaled so that the largest value becomes 127, each vector by
 * its own: the direction is kept as well as eight bits can, and no dimension is cut off. `ubinary`
 * has a bit for each dimension, set where the value is not negative, eight to a byte with the highest
 * bit first, and `binary` is `ubinary` - 128 (as Cohere's API has them; vLLM 0.33.0 has a copy).
 */
export function quantized(
  vector: Float32Array,
  format: Exclude<VectorFormat, "float" | "base64">,
): Int16Array {
  if (format === "binary" || format === "ubinary") {
    const bits = signBits(vector);
    const shift = format === "binary" ? SHIFT : 0;
    return Int16Array.from(bits, (byte) => byte - shift);
  }
  let largest = 0;
  for (const value of vector) largest = Math.max(largest, Math.abs(value));
  const scale = largest > 0 ? INT8_MAX / largest : 0;
  const shift = format === "uint8" ? SHIFT : 0;
  return Int16Array.from(vector, (value) => Math.round(value * scale) + shift);
}

/** The same as bytes: of `int8` and `binary` in two's complement. */
export function quantizedBytes(
  vector: Float32Array,
  format: Exclude<VectorFormat, "float" | "base64">,
): Uint8Array {
  return Uint8Array.from(quantized(vector, format));
}

function signBits(vector: Float32Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(vector.length / 8));
  for (let i = 0; i < vector.length; i++) {
    if (vector[i]! >= 0) bytes[i >> 3]! |= 0x80 >> (i & 7);
  }
  return bytes;
}
