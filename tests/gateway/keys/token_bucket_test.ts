import assert from "node:assert/strict";
import { TokenBucket } from "../../../src/gateway/keys/token_bucket.ts";

Deno.test("a bucket gives its size at once, and then so many a second", () => {
  let now = 0;
  const bucket = new TokenBucket(10, 5, () => now);
  assert.equal(bucket.waitMs(5), 0);
  bucket.take(5);
  assert.equal(bucket.waitMs(1), 100);
  now = 99;
  assert.ok(bucket.waitMs(1) > 0);
  now = 100;
  assert.equal(bucket.waitMs(1), 0);
  assert.equal(bucket.waitMs(2), 100);
  now = 60_000;
  assert.equal(bucket.waitMs(5), 0, "it is never fuller than full");
  bucket.take(5);
  assert.equal(bucket.waitMs(1), 100);
});

Deno.test("what is larger than the bucket is taken from a full one, and owed", () => {
  let now = 0;
  const bucket = new TokenBucket(10, 5, () => now);
  assert.equal(bucket.waitMs(1000), 0);
  bucket.take(25);
  assert.equal(bucket.waitMs(1), 2100);
  assert.equal(bucket.waitMs(1000), 2500);
  now = 2500;
  assert.equal(bucket.waitMs(1000), 0);
});

Deno.test("fractions add up: after the time that was told there is room", () => {
  for (const rate of [0.1, 3, 7, 33.3, 1e6]) {
    let now = 0.123;
    const bucket = new TokenBucket(rate, Math.max(1, rate), () => now);
    bucket.take(Math.max(1, rate) + 17);
    for (let turn = 0; turn < 50; turn++) {
      now += bucket.waitMs(1);
      assert.equal(bucket.waitMs(1), 0, `${rate}`);
      bucket.take(1);
    }
  }
});
