/** What becomes of an embedding before it is told. */

/** A vector of the same direction and length 1; the null vector as it is. Not in place. */
export function unitLength(vector: Float32Array): Float32Array {
  const { length } = vector;
  let squares = 0;
  for (let i = 0; i < length; i++) squares += vector[i]! * vector[i]!;
  const norm = Math.sqrt(squares);
  if (!(norm > 0)) return vector;
  // Iterators and `map` take ten times as long, and every vector of most dialects comes by here.
  const unit = new Float32Array(length);
  for (let i = 0; i < length; i++) unit[i] = vector[i]! / norm;
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
