import assert from "node:assert/strict";
import { LineBudget } from "../../src/telemetry/line_budget.ts";

Deno.test("LineBudget gives so many lines, and tells at the second's end how many there were more", async () => {
  const told = Promise.withResolvers<number>();
  const budget = new LineBudget(3, told.resolve);
  const taken = Array.from({ length: 10 }, () => budget.take());
  assert.deepEqual(taken, [true, true, true, ...Array<boolean>(7).fill(false)]);
  assert.equal(await told.promise, 7);
  assert.ok(budget.take(), "the next second has lines of its own");
});

Deno.test("LineBudget.flush() tells at once, and nothing of nothing", () => {
  const told: number[] = [];
  const budget = new LineBudget(1, (left) => told.push(left));
  budget.flush();
  for (let i = 0; i < 3; i++) budget.take();
  budget.flush();
  budget.flush();
  assert.deepEqual(told, [2]);
});
