import assert from "node:assert/strict";
import { recall } from "../../../bench/search/recall.ts";

Deno.test("recall() is the share of the nearest that were found", () => {
  assert.equal(recall([[1, 2], [3, 4]], [[2, 1], [4, 9]]), 0.75);
});

Deno.test("recall() wants no more than there is", () => {
  assert.equal(recall([[1]], [[1]]), 1);
  assert.equal(recall([[1], []], [[1], []]), 1);
});

Deno.test("recall() leaves out queries that were not asked, and counts those that found nothing", () => {
  assert.equal(recall([[1, 2], [3, 4], [5, 6]], [[1, 2], []]), 0.5);
});
