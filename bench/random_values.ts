/** Seeded normal values, fast enough for a billion of them: a table of quantiles drawn at random. */

const LEVELS = 65536;
const CHUNK_VALUES = 1 << 19;

/** What a tensor is filled with. */
export interface Distribution {
  readonly mean: number;
  readonly std: number;
}

/**
 * Yields `count` values as raw little-endian float16 or float32, chunk by chunk. The same `seed`
 * gives the same bytes. A chunk is overwritten by the next.
 */
export function* normalChunks(
  count: number,
  { mean, std }: Distribution,
  type: "float16" | "float32",
  seed: number,
): Generator<Uint8Array> {
  const values = QUANTILES.map((quantile) => mean + std * quantile);
  const table = type === "float16"
    ? new Uint16Array(new Float16Array(values).buffer)
    : new Uint32Array(values.buffer);
  const chunk = type === "float16"
    ? new Uint16Array(Math.min(count, CHUNK_VALUES))
    : new Uint32Array(Math.min(count, CHUNK_VALUES));
  let state = (seed ^ 0x9e3779b9) | 1;
  for (let done = 0; done < count; done += chunk.length) {
    const length = Math.min(chunk.length, count - done);
    for (let i = 0; i < length; i += 2) {
      // xorshift32 (Marsaglia 2003): two 16-bit draws a step.
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      chunk[i] = table[state & 0xffff] as number;
      if (i + 1 < length) chunk[i + 1] = table[state >>> 16] as number;
    }
    yield new Uint8Array(chunk.buffer, 0, length * chunk.BYTES_PER_ELEMENT);
  }
}

/** A 32-bit hash of a name (FNV-1a), to give every tensor a seed of its own. */
export function nameSeed(name: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

const QUANTILES = Float32Array.from(
  { length: LEVELS },
  (_, i) => normalQuantile((i + 0.5) / LEVELS),
);

/** Inverse of the normal distribution function (Acklam's rational approximation, 1e-9). */
function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  const horner = (coefficients: readonly number[], x: number) =>
    coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return horner([
      -7.784894002430293e-3,
      -0.3223964580411365,
      -2.400758277161838,
      -2.549732539343734,
      4.374664141464968,
      2.938163982698783,
    ], q) / horner([
      7.784695709041462e-3,
      0.3224671290700398,
      2.445134137142996,
      3.754408661907416,
      1,
    ], q);
  }
  const q = p - 0.5;
  const r = q * q;
  return q * horner([
    -39.69683028665376,
    220.9460984245205,
    -275.9285104469687,
    138.3577518672690,
    -30.66479806614716,
    2.506628277459239,
  ], r) / horner([
    -54.47609879822406,
    161.5858368580409,
    -155.6989798598866,
    66.80131188771972,
    -13.28068155288572,
    1,
  ], r);
}
