import assert from "node:assert/strict";
import { WordCache } from "../../../src/model/tokenizer/word_cache.ts";

const ids = Int32Array.from({ length: 64 }, (_, i) => 1000 + i);

Deno.test("WordCache gives back what it was given", () => {
  const cache = new WordCache();
  const out = new Int32Array(10);
  assert.equal(cache.read("dog", out, 0), 0);
  cache.write("dog", ids, 2, 3);
  assert.equal(cache.read("dog", out, 4), 3);
  assert.deepEqual([...out], [0, 0, 0, 0, 1002, 1003, 1004, 0, 0, 0]);
});

Deno.test("WordCache keeps words that are used and forgets others when it is full", () => {
  const cache = new WordCache();
  const out = new Int32Array(64);
  cache.write("kept", ids, 0, 1);
  cache.write("forgotten", ids, 0, 2);
  for (let i = 0; i < 20_000; i++) {
    cache.write(`word${i}`, ids, 0, 16);
    if (i % 1000 === 0) assert.equal(cache.read("kept", out, 0), 1);
  }
  assert.equal(cache.read("kept", out, 0), 1);
  assert.equal(out[0], 1000);
  assert.equal(cache.read("forgotten", out, 0), 0);
});

Deno.test("WordCache does not keep very long words", () => {
  const cache = new WordCache();
  cache.write("x".repeat(1000), ids, 0, 60);
  assert.equal(cache.read("x".repeat(1000), new Int32Array(64), 0), 0);
});
