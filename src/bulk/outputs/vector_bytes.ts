/** An embedding as it is stored. */
import type { Dtype } from "./npy.ts";

/** The length of a vector; NaN or infinite if one of its numbers is. */
export function vectorLength(vector: Float32Array): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return Math.sqrt(sum);
}

/**
 * A vector of length 1; one of zeros stays as it is (clip-retrieval@2.45.0
 * `clip_inference/mapper.py`).
 *
 * @param length what `vectorLength` says of it.
 */
export function normalized(vector: Float32Array, length: number): Float32Array {
  return length === 0 ? vector : vector.map((value) => value / length);
}

/** The bytes of a vector, little endian; float16 is rounded to the nearest, ties to even, as numpy does. */
export function vectorBytes(vector: Float32Array, dtype: Dtype): Uint8Array {
  const numbers = dtype === "float32" ? vector : new Float16Array(vector);
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** The other way: the numbers of a block of bytes, as float32. */
export function vectorsOf(bytes: Uint8Array, dtype: Dtype): Float32Array {
  const buffer = bytes.slice().buffer;
  return dtype === "float32"
    ? new Float32Array(buffer)
    : new Float32Array(new Float16Array(buffer));
}
