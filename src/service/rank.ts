/** Ranks matches by their model's score: for CLIP's models as `clip_server` does. */
import type { Sliced, Slices } from "../encoding/slices.ts";

/**
 * Scale of the logits: exp(4.60517), OpenAI's trained value for all its models. The original uses
 * this constant whatever the model.
 */
const LOGIT_SCALE = Math.exp(4.60517);

/** docarray adds this to numerator and denominator of its cosine. */
const EPSILON = 1e-7;

/** What a cosine of a model means. */
export type Similarity =
  /** One of the candidates is meant: the softmax over them. */
  | { kind: "softmax" }
  /** Each may be meant by itself: the probability that it is (SigLIP). */
  | { kind: "sigmoid"; scale: number; bias: number };

/** The similarity of CLIP's models. */
export const SOFTMAX: Similarity = { kind: "softmax" };

/** A candidate's scores. */
export interface RankScore {
  /** Position among the candidates. */
  index: number;
  /** Softmax over the candidates of the scaled cosines, or the probability of a match. */
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

/** Units of work of a cosine's term, of a candidate that is scored, and of a comparison. */
const TERM_UNITS = 2;
const SCORE_UNITS = 50;
const COMPARISON_UNITS = 10;

/** Candidates that are sorted at one go; what is longer is merged of such. */
const SORTED_AT_ONCE = 1024;

/** Scores candidates against a query, best first; equal ones keep their order. In slices. */
export function* rank(
  query: Float32Array,
  candidates: readonly Float32Array[],
  similarity: Similarity,
  slices: Slices,
): Sliced<RankScore[]> {
  const cosines = new Float64Array(candidates.length);
  let largest = -Infinity;
  for (let i = 0; i < cosines.length; i++) {
    const value = cosines[i] = cosine(query, candidates[i]!);
    // As `Math.max` does, a value that is no number makes the largest one no number.
    largest = Math.max(largest, value);
    if (slices.spent(TERM_UNITS * query.length)) yield;
  }
  const scores = similarity.kind === "softmax"
    ? yield* softmax(cosines, largest, slices)
    : yield* probabilities(cosines, similarity, slices);
  // Probabilities near 1 are alike where their cosines are not yet.
  const order = similarity.kind === "softmax" ? scores : cosines;
  const ranking: RankScore[] = [];
  for (const index of yield* bestFirst(order, slices)) {
    ranking.push({ index, cosine: cosines[index]!, score: scores[index]! });
    if (slices.spent(SCORE_UNITS)) yield;
  }
  return ranking;
}

function* softmax(cosines: Float64Array, largest: number, slices: Slices): Sliced<Float64Array> {
  const scores = new Float64Array(cosines.length);
  let sum = 0;
  for (let i = 0; i < scores.length; i++) {
    sum += scores[i] = Math.exp(LOGIT_SCALE * (cosines[i]! - largest));
    if (slices.spent(SCORE_UNITS)) yield;
  }
  for (let i = 0; i < scores.length; i++) scores[i]! /= sum;
  return scores;
}

/** The sigmoid of each scaled cosine with its bias (transformers `SiglipModel.forward`). */
function* probabilities(
  cosines: Float64Array,
  { scale, bias }: Extract<Similarity, { kind: "sigmoid" }>,
  slices: Slices,
): Sliced<Float64Array> {
  const scores = new Float64Array(cosines.length);
  for (let i = 0; i < scores.length; i++) {
    scores[i] = 1 / (1 + Math.exp(-(scale * cosines[i]! + bias)));
    if (slices.spent(SCORE_UNITS)) yield;
  }
  return scores;
}

/** Indices by falling scores, equal ones in their order: runs are sorted, and merged two by two. */
function* bestFirst(scores: Float64Array, slices: Slices): Sliced<Uint32Array> {
  const { length } = scores;
  let order = Uint32Array.from(scores, (_, index) => index);
  for (let at = 0; at < length; at += SORTED_AT_ONCE) {
    order.subarray(at, at + SORTED_AT_ONCE).sort((a, b) => scores[b]! - scores[a]! || a - b);
    if (slices.spent(COMPARISON_UNITS * 10 * SORTED_AT_ONCE)) yield;
  }
  let merged = new Uint32Array(length);
  for (let run = SORTED_AT_ONCE; run < length; run *= 2) {
    for (let from = 0, at = 0; from < length; from += 2 * run) {
      const middle = Math.min(from + run, length);
      const end = Math.min(from + 2 * run, length);
      for (let left = from, right = middle; at < end;) {
        const first = right === end ||
          (left < middle && !(scores[order[left]!]! < scores[order[right]!]!));
        merged[at++] = order[first ? left++ : right++]!;
        if (slices.spent(COMPARISON_UNITS)) yield;
      }
    }
    [order, merged] = [merged, order];
  }
  return order;
}
