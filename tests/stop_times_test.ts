import assert from "node:assert/strict";
import { stopSeconds } from "../src/stop_times.ts";

Deno.test("stopSeconds() reads seconds, and nothing else as such", () => {
  assert.deepEqual(["0", "5", " 2.5 "].map(stopSeconds), [0, 5, 2.5]);
  for (const text of ["", " ", "-1", "abc", "5s", "Infinity"]) {
    assert.equal(stopSeconds(text), undefined, text);
  }
});
