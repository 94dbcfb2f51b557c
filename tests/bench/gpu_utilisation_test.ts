import assert from "node:assert/strict";
import { summarize } from "../../bench/gpu/utilisation.ts";

Deno.test("summarize() takes the busiest GPU's mean, and the most memory of all together", () => {
  const text = "0, 90, 1000\n1, 0, 500\n0, 70, 3000\n1, 10, 400\n";
  assert.deepEqual(summarize(text), { busy: 80, memoryMiB: 3500 });
});

Deno.test("summarize() passes over what nvidia-smi cannot tell", () => {
  assert.equal(summarize(""), undefined);
  assert.equal(summarize("0, [N/A], 100\nNVIDIA-SMI has failed\n"), undefined);
});
