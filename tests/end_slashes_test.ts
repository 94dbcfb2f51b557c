import assert from "node:assert/strict";
import { withoutEndSlashes } from "../src/end_slashes.ts";

Deno.test("withoutEndSlashes() cuts slashes off the end alone", () => {
  assert.equal(withoutEndSlashes("/a//b///"), "/a//b");
  assert.equal(withoutEndSlashes("/a"), "/a");
  assert.equal(withoutEndSlashes("///"), "");
  assert.equal(withoutEndSlashes(""), "");
});

Deno.test("withoutEndSlashes() is done at once, however many slashes are in the middle", () => {
  const path = `/a${"/".repeat(1_000_000)}b`;
  const began = performance.now();
  assert.equal(withoutEndSlashes(path), path);
  // By a pattern it would take a quarter of an hour.
  assert.ok(performance.now() - began < 60_000);
});
