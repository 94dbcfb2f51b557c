/** What becomes of an embedding before it is told. */

/** A vector of the same direction and length 1; the null vector as it is. Not in place. */
export function unitLength(vector: Float32Array): Float32Array {
  let squares = 0;
  // By index: iterating over a typed array takes three times as long.
  for (let i = 0; i < vector.length; i++) squares += vector[i]! ** 2;
  const norm = Math.sqrt(squares);
  if (!(norm > 0)) return vector;
  const unit = new Float32Array(vector.length);
  for (let i = 0; i < unit.length; i++) unit[i] = vector[i]! / norm;
  return unit;
}

/** How a vector is wanted. */
export interface VectorForm {
  /** Of length 1; as the model gives it otherwise. */
  unit: boolean;
  /** Only so many first dimensions, scaled to length 1 after that if `unit`; all by default. */
  dimensions?: number | undefined;
}

/** An embedding in the form that is wanted. @param embedding is not changed. */
export function inForm(
  embedding: Float32Array,
  { unit, dimensions = embedding.length }: VectorForm,
): Float32Array {
  const cut = dimensions < embedding.length ? embedding.subarray(0, dimensions) : embedding;
  return unit ? unitLength(cut) : cut;
}
