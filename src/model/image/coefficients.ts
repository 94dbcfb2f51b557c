/**
 * Filter coefficients of a resize, as Pillow computes them (`src/libImaging/Resample.c`,
 * `precompute_coeffs` and `normalize_coeffs_8bpc`).
 */
import { LRUCache } from "lru-cache";
import type { ResizeFilter } from "../../checkpoint/state_dict.ts";

/** Fraction bits of the fixed-point coefficients: 32 - 8 bits of pixel - 2 bits of headroom. */
export const PRECISION_BITS = 22;

/** Coefficients for a run of output positions along one axis. */
export interface AxisCoefficients {
  /** First input position that each output position reads. */
  starts: Int32Array;
  /** How many input positions each output position reads. */
  counts: Int32Array;
  /** Row length of `weights`: the most taps that an output position can have. */
  taps: number;
  /** Normalised weights, `[outputs, taps]`, padded with zeros. */
  weights: Float64Array;
  /** `weights` in fixed point with 22 fraction bits, halves rounded away from zero. */
  fixed: Int32Array;
  /** The input positions read by any output: `[first, last)`. */
  first: number;
  last: number;
}

/** A filter and its reach at scale 1, in pixels. */
interface Kernel {
  support: number;
  /** The weight at a distance, in pixels of scale 1. */
  weight(distance: number): number;
}

const A = -0.5;

function bicubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((A + 2) * x - (A + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * A;
  return 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

function hamming(distance: number): number {
  const x = Math.abs(distance) * Math.PI;
  if (x === 0) return 1;
  return x >= Math.PI ? 0 : (Math.sin(x) / x) * (0.54 + 0.46 * Math.cos(x));
}

/** Pillow's filters (`Resample.c`). Its NEAREST is no convolution: see nearest.ts. */
const KERNELS: Readonly<Record<ConvolutionFilter, Kernel>> = {
  box: { support: 0.5, weight: (x) => x > -0.5 && x <= 0.5 ? 1 : 0 },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: { support: 1, weight: hamming },
  bicubic: { support: 2, weight: bicubic },
  lanczos: { support: 3, weight: (x) => x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0 },
};

/** The filters that weigh their surroundings. */
export type ConvolutionFilter = Exclude<ResizeFilter, "nearest">;

/**
 * Coefficients for the output positions `[from, from + count)` of an axis resized from `inSize` to
 * `outSize`. The filter widens with the reduction (antialiasing).
 */
export function computeCoefficients(
  inSize: number,
  outSize: number,
  from: number,
  count: number,
  filter: ConvolutionFilter = "bicubic",
): AxisCoefficients {
  const kernel = KERNELS[filter];
  const scale = inSize / outSize;
  const filterScale = Math.max(scale, 1);
  const support = kernel.support * filterScale;
  const inverse = 1 / filterScale;
  const taps = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(count);
  const counts = new Int32Array(count);
  const weights = new Float64Array(count * taps);
  const fixed = new Int32Array(count * taps);
  let first = inSize;
  let last = 0;
  for (let i = 0; i < count; i++) {
    const center = (from + i + 0.5) * scale;
    const start = Math.max(Math.trunc(center - support + 0.5), 0);
    const end = Math.min(Math.trunc(center + support + 0.5), inSize);
    const row = i * taps;
    let sum = 0;
    for (let x = start; x < end; x++) {
      const weight = kernel.weight((x - center + 0.5) * inverse);
      weights[row + x - start] = weight;
      sum += weight;
    }
    for (let x = 0; x < end - start; x++) {
      const weight = sum === 0 ? weights[row + x]! : weights[row + x]! / sum;
      weights[row + x] = weight;
      fixed[row + x] = Math.trunc((weight < 0 ? -0.5 : 0.5) + weight * (1 << PRECISION_BITS));
    }
    starts[i] = start;
    counts[i] = end - start;
    first = Math.min(first, start);
    last = Math.max(last, end);
  }
  return { starts, counts, taps, weights, fixed, first, last };
}

/**
 * Bytes of coefficients kept per thread. A photo's axis takes about 100 kB, so this holds the sizes
 * that a stream of photos from a few cameras brings.
 */
const CACHE_BYTES = 8 * 1024 * 1024;

const cache = new LRUCache<string, AxisCoefficients>({
  maxSize: CACHE_BYTES,
  sizeCalculation: (axis) => axis.weights.byteLength + axis.fixed.byteLength + 1024,
});

/** As `computeCoefficients`, remembered by the arguments (least recently used go first). */
export function coefficients(
  inSize: number,
  outSize: number,
  from: number,
  count: number,
  filter: ConvolutionFilter = "bicubic",
): AxisCoefficients {
  const key = `${inSize}/${outSize}/${from}/${count}/${filter}`;
  let axis = cache.get(key);
  if (axis === undefined) {
    axis = computeCoefficients(inSize, outSize, from, count, filter);
    cache.set(key, axis);
  }
  return axis;
}
