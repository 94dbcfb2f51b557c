import assert from "node:assert/strict";
import { stopSeconds } from "../src/stop_times.ts";

Deno.test("stopSeconds() reads seconds, and nothing else as such", () => {
  assert.deepEqual(["0", "5", " 2.5 ", "3600"].map(stopSeconds), [0, 5, 2.5, 3600]);
  for (const text of ["", " ", "-1", "abc", "5s", "Infinity", "1e99", "3601"]) {
    assert.equal(stopSeconds(text), undefined, text);
  }
});
