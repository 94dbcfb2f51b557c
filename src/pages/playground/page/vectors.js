/** Embeddings in the browser. */

/**
 * A vector of unit length, so that a dot product is a cosine. The zero vector stays what it is.
 * @param {ArrayLike<number> & Iterable<number>} values
 * @returns {Float32Array}
 */
export function normalised(values) {
  const length = Math.hypot(...values) || 1;
  return Float32Array.from(values, (value) => value / length);
}

/**
 * The dot product of two vectors of one length.
 * @param {Float32Array} a
 * @param {Float32Array} b
 */
export function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += /** @type {number} */ (a[i]) * (b[i] ?? 0);
  return sum;
}

/**
 * Keys with their cosines to a query, best first; equal ones keep their order.
 * @template K
 * @param {Float32Array} query of unit length
 * @param {Iterable<[K, Float32Array]>} index vectors of unit length
 * @returns {{ key: K, cosine: number }[]}
 */
export function nearest(query, index) {
  return Array.from(index, ([key, vector]) => ({ key, cosine: dot(query, vector) }))
    .sort((a, b) => b.cosine - a.cosine);
}
