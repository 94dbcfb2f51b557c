import assert from "node:assert/strict";
import { atOnce, Slices } from "../../src/encoding/slices.ts";
import {
  cosine,
  rank as rankInSlices,
  type RankScore,
  type Similarity,
  SOFTMAX,
} from "../../src/service/rank.ts";

function rank(
  query: Float32Array,
  candidates: readonly Float32Array[],
  similarity: Similarity = SOFTMAX,
): RankScore[] {
  return atOnce(rankInSlices(query, candidates, similarity, new Slices()));
}

Deno.test("rank() orders by cosine, scores by softmax at a scale of 100", () => {
  const query = Float32Array.of(1, 0);
  const scores = rank(query, [
    Float32Array.of(0, 1),
    Float32Array.of(2, 0),
    Float32Array.of(1, 1),
  ]);
  assert.deepEqual(scores.map(({ index }) => index), [1, 2, 0]);
  assert.ok(Math.abs(scores.reduce((sum, { score }) => sum + score, 0) - 1) < 1e-12);
  const [best, second] = scores;
  const ratio = Math.exp(Math.exp(4.60517) * (best!.cosine - second!.cosine));
  assert.ok(Math.abs(best!.score / second!.score / ratio - 1) < 1e-9);
});

Deno.test("rank() scores each candidate by itself where the model's similarity is a sigmoid", () => {
  const similarity = { kind: "sigmoid", scale: 112.67, bias: -16.77 } as const;
  const candidates = [Float32Array.of(0.1, 1), Float32Array.of(0.3, 1), Float32Array.of(-1, 0)];
  const scores = rank(Float32Array.of(1, 0), candidates, similarity);
  assert.deepEqual(scores.map(({ index }) => index), [1, 0, 2]);
  for (const { score, cosine } of scores) {
    assert.equal(score, 1 / (1 + Math.exp(-(112.67 * cosine - 16.77))));
  }
  // It does not matter who else there is.
  const [alone] = rank(Float32Array.of(1, 0), candidates.slice(1, 2), similarity);
  assert.equal(alone?.score, scores[0]?.score);
});

Deno.test("rank() keeps the order of equal candidates", () => {
  const same = Float32Array.of(0.5, 0.5);
  const order = rank(same, [same, same, same]).map(({ index }) => index);
  assert.deepEqual(order, [0, 1, 2]);
});

Deno.test("rank() orders as many as a request may hold as a stable sort does", () => {
  const query = Float32Array.of(1, 0);
  let seed = 1;
  const angles = Array.from({ length: 150_001 }, () => {
    seed = seed * 48_271 % 2_147_483_647;
    return seed % 1000 / 1000;
  });
  const candidates = angles.map((angle) => Float32Array.of(Math.cos(angle), Math.sin(angle)));
  const ranking = rank(query, candidates);
  const wanted = ranking.toSorted((a, b) => a.index - b.index).toSorted((a, b) =>
    b.score - a.score
  );
  assert.deepEqual(ranking.map(({ index }) => index), wanted.map(({ index }) => index));
});

Deno.test("cosine() is smoothed and clipped: a zero vector is no NaN", () => {
  const zero = new Float32Array(2);
  assert.equal(cosine(zero, zero), 1);
  assert.equal(cosine(Float32Array.of(3, 4), Float32Array.of(3, 4)) <= 1, true);
});
