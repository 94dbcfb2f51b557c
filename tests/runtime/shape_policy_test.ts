import assert from "node:assert/strict";
import fc from "fast-check";
import { gpuBuckets, ShapePolicy } from "../../src/runtime/shape_policy.ts";

Deno.test("gpuBuckets() ends at the largest minibatch and the whole context", () => {
  assert.deepEqual(gpuBuckets(64, 77), {
    batches: [1, 2, 4, 8, 16, 32, 64],
    lengths: [16, 32, 77],
  });
  assert.deepEqual(gpuBuckets(1, 77).batches, [1]);
  assert.deepEqual(gpuBuckets(48, 77).batches, [1, 2, 4, 8, 16, 32, 48]);
  assert.deepEqual(gpuBuckets(2, 24).lengths, [16, 24]);
});

Deno.test("ShapePolicy without buckets leaves shapes as they are", () => {
  const exact = new ShapePolicy();
  assert.equal(exact.batch(5), 5);
  assert.equal(exact.length(9, 77), 9);
  assert.deepEqual(exact.warmUps([1, 4], 77), [{ batch: 4, length: 16 }, { batch: 1, length: 16 }]);
});

Deno.test("ShapePolicy warms up the largest shape first, then the smallest", () => {
  const shapes = new ShapePolicy({ batches: [1, 2, 4], lengths: [8, 77] }).warmUps([], 77);
  assert.deepEqual(shapes, [
    { batch: 4, length: 77 },
    { batch: 1, length: 8 },
    { batch: 4, length: 8 },
    { batch: 2, length: 77 },
    { batch: 2, length: 8 },
    { batch: 1, length: 77 },
  ]);
});

Deno.test("ShapePolicy warms up every shape that it can round to", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 100 }),
      fc.nat(),
      fc.nat(),
      (minibatch, context, a, b) => {
        const policy = new ShapePolicy(gpuBuckets(minibatch, context));
        const warm = new Set(
          policy.warmUps([], context).map(({ batch, length }) => `${batch}x${length}`),
        );
        const [count, tokens] = [1 + a % minibatch, 1 + b % context];
        const [batch, length] = [policy.batch(count), policy.length(tokens, context)];
        assert.ok(batch >= count && batch < 2 * count, `${count} rounds to ${batch}`);
        assert.ok(length >= tokens && length <= context, `${tokens} rounds to ${length}`);
        assert.ok(warm.has(`${batch}x${length}`), `${batch}x${length} is cold`);
      },
    ),
    { seed: 7, numRuns: 500 },
  );
});

Deno.test("ShapePolicy runs what is over the largest bucket as it is", () => {
  const policy = new ShapePolicy({ batches: [2], lengths: [8] });
  assert.equal(policy.batch(3), 3);
  assert.equal(policy.length(9, 77), 9);
});
