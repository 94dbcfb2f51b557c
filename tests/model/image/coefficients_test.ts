import assert from "node:assert/strict";
import fc from "fast-check";
import { coefficients, computeCoefficients } from "../../../src/model/image/coefficients.ts";

Deno.test("computeCoefficients() sums to one for every output", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3000 }),
      fc.integer({ min: 1, max: 500 }),
      (inSize, outSize) => {
        const { starts, counts, taps, weights, fixed, first, last } = computeCoefficients(
          inSize,
          outSize,
          0,
          outSize,
        );
        for (let i = 0; i < outSize; i++) {
          const row = weights.subarray(i * taps, (i + 1) * taps);
          assert.ok(Math.abs(row.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-9);
          const sum = fixed.subarray(i * taps, (i + 1) * taps).reduce((a, b) => a + b, 0);
          assert.ok(Math.abs(sum - 2 ** 22) <= taps);
          assert.ok(counts[i]! >= 1 && counts[i]! <= taps);
          assert.ok(starts[i]! >= first && starts[i]! + counts[i]! <= last);
        }
        assert.ok(first >= 0 && last <= inSize);
      },
    ),
    { numRuns: 150, seed: 7 },
  );
});

Deno.test("computeCoefficients() of a part equals that part of the whole", () => {
  const whole = computeCoefficients(640, 335, 0, 335);
  const part = computeCoefficients(640, 335, 56, 224);
  assert.deepEqual(part.starts, whole.starts.slice(56, 280));
  assert.deepEqual(part.fixed, whole.fixed.slice(56 * whole.taps, 280 * whole.taps));
});

Deno.test("computeCoefficients() widens the filter with the reduction and not below scale one", () => {
  assert.equal(computeCoefficients(100, 200, 0, 200).taps, 5);
  assert.equal(computeCoefficients(1000, 100, 0, 100).taps, 41);
});

Deno.test("coefficients() remembers what it computed", () => {
  assert.equal(coefficients(123, 45, 0, 45), coefficients(123, 45, 0, 45));
  assert.notEqual(coefficients(123, 45, 0, 45), coefficients(124, 45, 0, 45));
});
