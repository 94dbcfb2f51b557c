/**
 * Embeddings as numbers of 8 bits, each with a factor of its own: a quarter of the memory, and near
 * enough to tell which ones to look at in full.
 */
import { norm } from "../distance.ts";
import type { Metric } from "../engine.ts";

/** Largest code of an embedding. */
const CODE_MAX = 127;

/** Numbers of a block of the kernel. */
const BLOCK = 16;

/** Bytes of a code: its numbers, filled up with zeros to whole blocks. */
export function codeSize(dimensions: number): number {
  return Math.ceil(dimensions / BLOCK) * BLOCK;
}

/** A query as the kernel takes it, and what turns its products into distances. */
export interface CodedQuery {
  /** int16 `[codeSize]`. */
  codes: Int16Array<ArrayBuffer>;
  /** What a product is to be multiplied with, beside the other's factor. */
  factor: number;
  /** The sum of its squares (euclidean). */
  squares: number;
}

/**
 * Writes an embedding's code.
 * @param at where the embedding begins.
 * @param into int8 `[codeSize]`, zeros.
 * @returns its factor: an embedding, of length 1 for cosine, is about `code * factor`.
 */
export function encode(
  metric: Metric,
  embeddings: Float32Array,
  at: number,
  dimensions: number,
  into: Int8Array,
): number {
  const largest = largestOf(embeddings, at, dimensions);
  if (!(largest > 0) || largest === Infinity) return 0;
  const scale = CODE_MAX / largest;
  for (let i = 0; i < dimensions; i++) into[i] = rounded(embeddings[at + i]! * scale);
  return 1 / (scale * lengthOf(metric, embeddings, at, dimensions));
}

/** Makes a query's code: with as many bits as sums of 32 bits allow. */
export function encodeQuery(metric: Metric, query: Float32Array): CodedQuery {
  const codes = new Int16Array(codeSize(query.length));
  const squares = norm(query, 0, query.length) ** 2;
  const largest = largestOf(query, 0, query.length);
  if (!(largest > 0) || largest === Infinity) return { codes, factor: 0, squares };
  const most = Math.min(32767, Math.floor((2 ** 31 - 1) / (CODE_MAX * query.length)));
  const scale = most / largest;
  for (let i = 0; i < query.length; i++) codes[i] = rounded(query[i]! * scale);
  return { codes, factor: 1 / (scale * lengthOf(metric, query, 0, query.length)), squares };
}

/** For cosine an embedding's length, else 1. */
function lengthOf(metric: Metric, embeddings: Float32Array, at: number, size: number): number {
  return metric === "cosine" ? norm(embeddings, at, size) : 1;
}

function largestOf(embeddings: Float32Array, at: number, dimensions: number): number {
  let largest = 0;
  for (let i = at; i < at + dimensions; i++) {
    const size = Math.abs(embeddings[i]!);
    if (size > largest) largest = size;
  }
  return largest;
}

/** `Math.round` of what fits in 16 bits, in a third of the time. */
function rounded(value: number): number {
  return ((value + 32768.5) | 0) - 32768;
}
