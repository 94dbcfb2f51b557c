/** Ranks matches by CLIP's score, as `clip_server` does. */

import type { Sliced, Slices } from "../encoding/slices.ts";

/**
 * Scale of the logits: exp(4.60517), OpenAI's trained value for all its models. The original uses
 * this constant whatever the model.
 */
const LOGIT_SCALE = Math.exp(4.60517);

/** docarray adds this to numerator and denominator of its cosine. */
const EPSILON = 1e-7;

/** Units of work of a dimension: it takes about a nanosecond. */
const UNITS_PER_DIMENSION = 2;

/** A candidate's scores. */
export interface RankScore {
  /** Position among the candidates. */
  index: number;
  /** Softmax over the candidates of the scaled cosines. */
  score: number;
  cosine: number;
}

/** Cosine similarity in docarray's arithmetic: smoothed by 1e-7 and clipped to [-1, 1]. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!;
    const y = b[i]!;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  const value = (dot + EPSILON) / (Math.sqrt(aa) * Math.sqrt(bb) + EPSILON);
  return Math.min(1, Math.max(-1, value));
}

/** Scores candidates against a query, in slices, best first; equal ones keep their order. */
export function* rank(
  query: Float32Array,
  candidates: readonly Float32Array[],
  slices: Slices,
): Sliced<RankScore[]> {
  const cosines: number[] = [];
  let largest = -Infinity;
  for (const candidate of candidates) {
    const value = cosine(query, candidate);
    cosines.push(value);
    // As `Math.max` does, a value that is no number makes the largest one no number.
    largest = Math.max(largest, value);
    if (slices.spent(query.length * UNITS_PER_DIMENSION)) yield;
  }
  const exps = cosines.map((value) => Math.exp(LOGIT_SCALE * (value - largest)));
  const sum = exps.reduce((total, value) => total + value, 0);
  return cosines
    .map((value, index) => ({ index, cosine: value, score: exps[index]! / sum }))
    .sort((a, b) => b.score - a.score);
}
