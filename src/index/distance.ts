/**
 * Exact distances between embeddings, as annlite 0.4 and 0.5 have them (core/index/hnsw/index.py,
 * include/hnswlib/space_ip.h): 1 - cos, the root of the squared differences, 1 - the inner product.
 */
import type { Metric } from "./engine.ts";

/**
 * Distances of one query to embeddings that lie one after the other.
 * @param query float32 `[D]`; for cosine not zero.
 * @param embeddings float32 `[N, D]`; for cosine none is zero.
 * @param into where the N distances go: summed in float64.
 */
export function distances(
  metric: Metric,
  query: Float32Array,
  embeddings: Float32Array,
  into: Float64Array,
): void {
  const dimensions = query.length;
  const count = embeddings.length / dimensions;
  switch (metric) {
    case "cosine":
      return cosines(query, embeddings, count, into);
    case "euclidean":
      for (let i = 0; i < count; i++) into[i] = euclidean(query, embeddings, i * dimensions);
      return;
    case "inner_product":
      for (let i = 0; i < count; i++) into[i] = 1 - dot(query, embeddings, i * dimensions);
      return;
  }
}

/** The distance of two embeddings. */
export function distance(metric: Metric, a: Float32Array, b: Float32Array): number {
  const one = new Float64Array(1);
  distances(metric, a, b, one);
  return one[0]!;
}

/** The length of an embedding, summed in float64. @param at where it begins. */
export function norm(embeddings: Float32Array, at: number, dimensions: number): number {
  let sum = 0;
  for (let i = at; i < at + dimensions; i++) sum += embeddings[i]! * embeddings[i]!;
  return Math.sqrt(sum);
}

function cosines(
  query: Float32Array,
  embeddings: Float32Array,
  count: number,
  into: Float64Array,
): void {
  const dimensions = query.length;
  const length = norm(query, 0, dimensions);
  for (let i = 0; i < count; i++) {
    const at = i * dimensions;
    let product = 0;
    let squares = 0;
    for (let j = 0; j < dimensions; j++) {
      const value = embeddings[at + j]!;
      product += query[j]! * value;
      squares += value * value;
    }
    // Rounding may give a cosine of a little more than 1, and nothing is nearer than equal.
    into[i] = Math.max(0, 1 - product / (length * Math.sqrt(squares)));
  }
}

function euclidean(query: Float32Array, embeddings: Float32Array, at: number): number {
  let sum = 0;
  for (let j = 0; j < query.length; j++) {
    const difference = query[j]! - embeddings[at + j]!;
    sum += difference * difference;
  }
  return Math.sqrt(sum);
}

function dot(query: Float32Array, embeddings: Float32Array, at: number): number {
  let sum = 0;
  for (let j = 0; j < query.length; j++) sum += query[j]! * embeddings[at + j]!;
  return sum;
}
