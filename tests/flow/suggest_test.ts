import assert from "node:assert/strict";
import { didYouMean, nearest } from "../../src/flow/suggest.ts";

const KEYS = ["minibatch_size", "name", "device", "cors", "port", "port_monitoring"];

Deno.test("nearest() finds what was meant", () => {
  const table = [
    ["minibatchSize", "minibatch_size"],
    ["mini-batch-size", "minibatch_size"],
    ["batch_size", "minibatch_size"],
    ["divice", "device"],
    ["CORS", "cors"],
    ["prot", "port"],
    ["monitoring", "port_monitoring"],
  ] as const;
  for (const [typed, meant] of table) assert.equal(nearest(typed, KEYS), meant);
});

Deno.test("nearest() finds nothing where nothing is near", () => {
  for (const typed of ["", "x", "workspace", "p".repeat(1000), "__proto__", "_"]) {
    assert.equal(nearest(typed, KEYS), undefined, typed);
  }
  assert.equal(didYouMean("workspace", KEYS), "");
});
