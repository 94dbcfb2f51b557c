import assert from "node:assert/strict";
import fc from "fast-check";
import { chooseTextBatch, lengthClass } from "../../src/dispatch/text_batch.ts";

const texts = (...lengths: number[]) => lengths.map((length) => ({ length }));
const limits = { minibatchSize: 32, tokenBudget: 32 * 77 };

Deno.test("chooseTextBatch does not make short texts pay for a long one", () => {
  const candidates = texts(77, ...new Array<number>(31).fill(10));
  const { chosen } = chooseTextBatch(candidates, limits);
  assert.deepEqual(chosen, [candidates[0]]);
});

Deno.test("chooseTextBatch fills up a short seed's minibatch with its like", () => {
  const candidates = texts(10, 77, 11, 9, 70, 12);
  const { chosen, full } = chooseTextBatch(candidates, limits);
  assert.deepEqual(chosen.map(({ length }) => length).sort((a, b) => a - b), [9, 10, 11, 12]);
  assert.equal(full, false);
});

Deno.test("chooseTextBatch takes the nearest in length of the first one's class, then the oldest", () => {
  const candidates = texts(14, 16, 14, 15, 13, 14);
  const { chosen } = chooseTextBatch(candidates, { minibatchSize: 4, tokenBudget: 32 * 77 });
  assert.deepEqual(chosen, [0, 2, 5, 3].map((i) => candidates[i]));
});

Deno.test("chooseTextBatch lets a shorter text join where its padding costs less than a run", () => {
  const { chosen } = chooseTextBatch(texts(16, 8, 6), limits);
  assert.deepEqual(chosen.map(({ length }) => length), [16, 8]);
});

Deno.test("chooseTextBatch is full at the minibatch size and at the token budget", () => {
  const many = texts(...new Array<number>(100).fill(10));
  assert.equal(chooseTextBatch(many, limits).chosen.length, 32);
  assert.equal(chooseTextBatch(many, limits).full, true);
  const budget = chooseTextBatch(many, { minibatchSize: 32, tokenBudget: 105 });
  assert.equal(budget.chosen.length, 10);
  assert.equal(budget.full, true);
});

Deno.test("chooseTextBatch takes a text over the budget alone rather than never", () => {
  const { chosen, full } = chooseTextBatch(texts(77, 77), { minibatchSize: 32, tokenBudget: 50 });
  assert.equal(chosen.length, 1);
  assert.equal(full, true);
});

Deno.test("chooseTextBatch takes texts that are rounded up to one length for alike", () => {
  const candidates = texts(15, 3, 9, 20, 5);
  const runLength = (length: number) => length <= 16 ? 16 : 32;
  const { chosen } = chooseTextBatch(candidates, { ...limits, runLength });
  assert.deepEqual(chosen, [0, 1, 2, 4].map((i) => candidates[i]));
  const budget = chooseTextBatch(candidates, { ...limits, tokenBudget: 40, runLength });
  assert.deepEqual(budget, { chosen: candidates.slice(0, 2), full: true });
});

Deno.test("chooseTextBatch always holds the first candidate and its limits", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 2, max: 77 }), { minLength: 1, maxLength: 200 }),
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 77, max: 2000 }),
      (lengths, minibatchSize, tokenBudget) => {
        const candidates = texts(...lengths);
        const { chosen } = chooseTextBatch(candidates, { minibatchSize, tokenBudget });
        assert.equal(chosen[0], candidates[0]);
        assert.equal(new Set(chosen).size, chosen.length);
        assert.ok(chosen.length <= minibatchSize);
        const longest = Math.max(...chosen.map(({ length }) => length));
        assert.ok(longest * chosen.length <= tokenBudget);
        // Nobody is padded beyond the seed's class.
        assert.ok(lengthClass(longest) === lengthClass(candidates[0]!.length));
      },
    ),
    { seed: 2, numRuns: 500 },
  );
});
