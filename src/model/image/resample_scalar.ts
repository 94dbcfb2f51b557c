/**
 * The two-pass bicubic resampler in plain TypeScript: Pillow's arithmetic written out. It is what
 * the WebAssembly kernel is tested against, and what runs where there is no SIMD.
 */
import { type AxisCoefficients, PRECISION_BITS } from "./coefficients.ts";

/** What the resamplers read. */
export interface Source<Data = Uint8Array> {
  /** Interleaved `[rows, width, channels]`. */
  data: Data;
  /** Pixels in a row of `data`. */
  width: number;
  channels: 1 | 3 | 4;
  /** The image's column and row at which `data` starts. */
  left: number;
  top: number;
}

const HALF = 1 << (PRECISION_BITS - 1);

/**
 * Resamples 8-bit channels: horizontally, rounded and clipped to bytes, then vertically.
 *
 * @param across coefficients along a row; `down` along a column
 * @returns `[down outputs, across outputs, channels]`
 */
export function resampleScalar(
  { data, width, channels, left, top }: Source,
  across: AxisCoefficients,
  down: AxisCoefficients,
): Uint8Array {
  const columns = across.starts.length;
  const rows = down.starts.length;
  const stride = columns * channels;
  const between = new Uint8ClampedArray((down.last - down.first) * stride);
  for (let y = down.first; y < down.last; y++) {
    const line = ((y - top) * width - left) * channels;
    let to = (y - down.first) * stride;
    for (let x = 0; x < columns; x++) {
      const from = line + across.starts[x]! * channels;
      const count = across.counts[x]!;
      const row = x * across.taps;
      for (let c = 0; c < channels; c++) {
        let sum = HALF;
        for (let t = 0; t < count; t++) {
          sum += data[from + t * channels + c]! * across.fixed[row + t]!;
        }
        between[to++] = sum >> PRECISION_BITS;
      }
    }
  }
  const out = new Uint8ClampedArray(rows * stride);
  for (let y = 0; y < rows; y++) {
    const from = (down.starts[y]! - down.first) * stride;
    const count = down.counts[y]!;
    const row = y * down.taps;
    for (let i = 0; i < stride; i++) {
      let sum = HALF;
      for (let t = 0; t < count; t++) sum += between[from + t * stride + i]! * down.fixed[row + t]!;
      out[y * stride + i] = sum >> PRECISION_BITS;
    }
  }
  return new Uint8Array(out.buffer);
}

/** C's `ROUND_UP` of Pillow: to the nearest integer, halves away from zero. */
function roundAway(value: number): number {
  return value >= 0 ? Math.floor(value + 0.5) : -Math.floor(-value + 0.5);
}

/**
 * Resamples one 32-bit integer channel in double precision, rounded to integers after each pass
 * (Pillow's mode `I`). Values outside int32 do not occur from 16-bit input.
 */
export function resampleIntegers(
  { data, width, left, top }: Source<Uint16Array | Int32Array>,
  across: AxisCoefficients,
  down: AxisCoefficients,
): Int32Array {
  const columns = across.starts.length;
  const rows = down.starts.length;
  const between = new Int32Array((down.last - down.first) * columns);
  for (let y = down.first; y < down.last; y++) {
    for (let x = 0; x < columns; x++) {
      const from = (y - top) * width - left + across.starts[x]!;
      const row = x * across.taps;
      let sum = 0;
      for (let t = 0; t < across.counts[x]!; t++) sum += data[from + t]! * across.weights[row + t]!;
      between[(y - down.first) * columns + x] = roundAway(sum);
    }
  }
  const out = new Int32Array(rows * columns);
  for (let y = 0; y < rows; y++) {
    const from = (down.starts[y]! - down.first) * columns;
    const row = y * down.taps;
    for (let x = 0; x < columns; x++) {
      let sum = 0;
      for (let t = 0; t < down.counts[y]!; t++) {
        sum += between[from + t * columns + x]! * down.weights[row + t]!;
      }
      out[y * columns + x] = roundAway(sum);
    }
  }
  return out;
}
