import assert from "node:assert/strict";
import { distance, distances, norm } from "../../src/index/distance.ts";
import { METRICS } from "../../src/index/engine.ts";

const f32 = (...values: number[]) => Float32Array.of(...values);

Deno.test("distances are those of annlite: 0 is equal, but for inner products", () => {
  assert.equal(distance("cosine", f32(1, 0), f32(0, 5)), 1);
  assert.equal(distance("cosine", f32(1, 0), f32(-3, 0)), 2);
  assert.equal(distance("cosine", f32(1, 1), f32(3, 3)), 0);
  assert.equal(distance("euclidean", f32(1, 2), f32(4, 6)), 5);
  assert.equal(distance("euclidean", f32(1, 2), f32(1, 2)), 0);
  assert.equal(distance("inner_product", f32(1, 2), f32(3, 4)), -10);
  assert.equal(distance("inner_product", f32(1, 0), f32(0, 1)), 1);
});

Deno.test("distances hold where float32 has no room: tiny, huge and of many numbers", () => {
  assert.equal(distance("cosine", f32(1e-30, 0), f32(1e30, 0)), 0);
  assert.equal(distance("cosine", f32(3e38, 3e38), f32(3e38, 3e38)), 0);
  assert.ok(Number.isFinite(distance("euclidean", f32(3e38, 0), f32(-3e38, 0))));
  const many = new Float32Array(100_000).fill(0.1);
  const product = distance("inner_product", many, many);
  assert.ok(Math.abs(product - (1 - 100_000 * Math.fround(0.1) ** 2)) < 1e-6);
});

Deno.test("distances() compares a query with each of many", () => {
  const embeddings = f32(1, 2, 3, 4, 5, 6);
  for (const metric of METRICS) {
    const into = new Float64Array(3);
    distances(metric, f32(2, 1), embeddings, into);
    const each = [0, 2, 4].map((at) => distance(metric, f32(2, 1), embeddings.slice(at, at + 2)));
    assert.deepEqual([...into], each);
  }
});

Deno.test("norm() is the length of one of many", () => {
  assert.equal(norm(f32(9, 9, 3, 4), 2, 2), 5);
});
