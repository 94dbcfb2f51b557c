/** Comparing vectors that came as numbers. */

/** Euclidean length. */
export function norm(vector: readonly number[]): number {
  return Math.hypot(...vector);
}

/** Cosine of the angle between two. */
export function cosine(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0) / (norm(a) * norm(b));
}
