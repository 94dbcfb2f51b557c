/** Numbers that are none: NaN and infinity, in what comes in as weights and goes out as embeddings. */

/** Index of the first value that is NaN or infinite; -1 if there is none. */
export function firstNotFinite(values: Float32Array): number {
  // NaN and infinity minus themselves are NaN; everything else is 0, and so is the sum. No branch:
  // gigabytes of weights go through here.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! - values[i]!;
  return sum === 0 ? -1 : values.findIndex((value) => !Number.isFinite(value));
}
