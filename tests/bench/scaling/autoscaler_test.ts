import assert from "node:assert/strict";
import { Autoscaler, DEFAULT_RULES, wanted } from "../../../bench/scaling/autoscaler.ts";

const rules = { least: 2, most: 40, ...DEFAULT_RULES };
const MINUTE = 60_000;

Deno.test("pods are wanted in proportion to the metric over its target", () => {
  assert.equal(wanted([1, 1, 1, 1], 0, 0.5), 8);
  assert.equal(wanted([0.2, 0.2, 0.2, 0.2], 0, 0.5), 2);
  assert.equal(wanted([0.45, 0.52], 0, 0.5), 2, "within the tolerance");
});

Deno.test("pods that are starting count with nothing where more are wanted", () => {
  assert.equal(wanted([1, 1], 2, 0.5), 4, "they are enough");
  assert.equal(wanted([2, 2], 2, 0.5), 8);
  assert.equal(wanted([], 3, 0.5), 3, "nothing is known");
});

Deno.test("the metric that wants most counts", () => {
  assert.equal(new Autoscaler(rules).decide(0, 10, [5, 14]), 14);
});

Deno.test("pods come twice as many, or four, in 15 seconds", () => {
  const autoscaler = new Autoscaler(rules);
  assert.equal(autoscaler.decide(0, 10, [100]), 20);
  assert.equal(autoscaler.decide(15_000, 20, [100]), 40);
  assert.equal(new Autoscaler(rules).decide(0, 2, [100]), 6);
  assert.equal(new Autoscaler(rules).decide(0, 30, [100]), 40, "no more than there may be");
});

Deno.test("pods go when nobody has wanted them for five minutes", () => {
  const autoscaler = new Autoscaler(rules);
  assert.equal(autoscaler.decide(0, 10, [10]), 10);
  for (let now = 15_000; now < 5 * MINUTE; now += 15_000) {
    assert.equal(autoscaler.decide(now, 10, [3]), 10, `${now}`);
  }
  assert.equal(autoscaler.decide(5 * MINUTE, 10, [3]), 3);
});

Deno.test("pods go slowly where the rules say so", () => {
  const autoscaler = new Autoscaler({ ...rules, stabilizationMs: 0, downShareAMinute: 0.1 });
  assert.equal(autoscaler.decide(0, 20, [1]), 18);
  assert.equal(autoscaler.decide(15_000, 18, [1]), 18, "a tenth of those of a minute ago");
  assert.equal(autoscaler.decide(MINUTE + 1, 18, [1]), 16);
});
