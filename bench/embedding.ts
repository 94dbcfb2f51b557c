/** Comparing embeddings. */

/** 1 - cosine; infinite where one of them is not a number. */
export function cosineDistance(a: Float32Array, b: Float32Array): number {
  let [dot, normA, normB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    normA += a[i]! ** 2;
    normB += b[i]! ** 2;
  }
  const distance = 1 - dot / Math.sqrt(normA * normB);
  return Number.isFinite(distance) ? distance : Infinity;
}

/** The middle one. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}
