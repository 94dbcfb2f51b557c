import assert from "node:assert/strict";
import { editDistance } from "../src/edit_distance.ts";

Deno.test("editDistance() counts inserts, deletes, replacements and swaps", () => {
  const table = [["", "", 0], ["a", "", 1], ["port", "prot", 1], ["kitten", "sitting", 3]] as const;
  for (const [a, b, distance] of table) {
    assert.equal(editDistance(a, b), distance);
    assert.equal(editDistance(b, a), distance);
  }
});
