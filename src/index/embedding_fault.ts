/** What keeps an embedding from being compared. */
import { firstNotFinite } from "../finite.ts";
import { MAX_HALF } from "./bounds.ts";
import type { IndexShape } from "./engine.ts";

/**
 * Why an embedding cannot be kept or asked for, as a sentence: another size than the index's, numbers
 * that are none, zero where directions are compared, numbers beyond half precision (cosine has no such
 * bound: embeddings are scaled there). Undefined if it can.
 */
export function embeddingFault(embedding: Float32Array, shape: IndexShape): string | undefined {
  const { dimensions, metric } = shape;
  if (embedding.length === 0) return "there is no embedding, which an index is made of";
  if (embedding.length !== dimensions) {
    return `the embedding has ${embedding.length} numbers, the index has ${dimensions} ('n_dim')`;
  }
  const broken = firstNotFinite(embedding);
  if (broken >= 0) return `number ${broken} of the embedding is ${embedding[broken]}`;
  if (metric === "cosine") {
    if (embedding.some((value) => value !== 0)) return undefined;
    return "the embedding is zero, which has no direction that 'cosine' could compare";
  }
  const large = embedding.findIndex((value) => Math.abs(value) > MAX_HALF);
  if (large < 0) return undefined;
  return `number ${large} of the embedding is ${embedding[large]}: by '${metric}' numbers up to ` +
    `±${MAX_HALF} are compared, the range of half precision`;
}
