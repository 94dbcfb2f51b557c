/** Arithmetic on weights while a graph is written: layouts, float16, int8. */
import { ClipError } from "../errors.ts";

/** Largest finite float16. */
const FLOAT16_MAX = 65504;
/** Edge of the square that is transposed at a time, in elements: two of them fit the L1 cache. */
const TILE = 32;

/** The raw little-endian bytes of `values`, not copied. */
export function bytesOf(values: Float32Array | Float16Array | Int8Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** The transpose of a row-major matrix of `rows` × `columns`. */
export function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let r0 = 0; r0 < rows; r0 += TILE) {
    const r1 = Math.min(r0 + TILE, rows);
    for (let c0 = 0; c0 < columns; c0 += TILE) {
      const c1 = Math.min(c0 + TILE, columns);
      for (let r = r0; r < r1; r++) {
        for (let c = c0; c < c1; c++) out[c * rows + r] = values[r * columns + c]!;
      }
    }
  }
  return out;
}

/**
 * Rounds to float16, halves to even.
 *
 * @throws {ClipError} kind `model` if a value is outside float16's range.
 */
export function toFloat16(values: Float32Array, name: string): Float16Array {
  for (const value of values) {
    if (Math.abs(value) > FLOAT16_MAX) {
      throw new ClipError(
        "model",
        `Cannot store tensor '${name}' as float16: it holds ${value}, and float16 ends at ` +
          `${FLOAT16_MAX}; use dtype fp32 for this model`,
      );
    }
  }
  return new Float16Array(values);
}

/**
 * Symmetric int8 scales of a row-major matrix of `rows` × `columns`, one for each column:
 * the largest magnitude becomes ±127. A column of zeros gets the scale 1.
 */
export function columnScales(values: Float32Array, rows: number, columns: number): Float32Array {
  const scales = new Float32Array(columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const magnitude = Math.abs(values[r * columns + c]!);
      if (magnitude > scales[c]!) scales[c] = magnitude;
    }
  }
  return scales.map((largest) => largest === 0 ? 1 : largest / 127);
}

/** The matrix in int8: each value over its column's scale, rounded to nearest. */
export function quantiseColumns(
  values: Float32Array,
  rows: number,
  columns: number,
): { quantised: Int8Array; scales: Float32Array } {
  const scales = columnScales(values, rows, columns);
  const quantised = new Int8Array(values.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const i = r * columns + c;
      // A scale is rounded to float32, so a quotient may land just above 127.
      quantised[i] = Math.max(-127, Math.min(127, Math.round(values[i]! / scales[c]!)));
    }
  }
  return { quantised, scales };
}
