import assert from "node:assert/strict";
import fc from "fast-check";
import { backoffDelay } from "../../../src/model/store/clock.ts";
import { connectionTrouble, parseRetryAfter } from "../../../src/model/store/http.ts";
import { parseContentRange } from "../../../src/model/store/receive.ts";

Deno.test("parseRetryAfter() reads seconds and dates", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  assert.equal(parseRetryAfter("17", now), 17_000);
  assert.equal(parseRetryAfter("Thu, 01 Jan 2026 00:01:00 GMT", now), 60_000);
  assert.equal(parseRetryAfter("Wed, 31 Dec 2025 00:00:00 GMT", now), 0);
  assert.equal(parseRetryAfter("soon", now), undefined);
  assert.equal(parseRetryAfter(null, now), undefined);
});

Deno.test("parseContentRange() reads ranges and refuses the rest", () => {
  assert.deepEqual(parseContentRange("bytes 5-9/10"), { start: 5, total: 10 });
  assert.deepEqual(parseContentRange("bytes 5-9/*"), { start: 5, total: undefined });
  assert.deepEqual(parseContentRange("bytes */10"), { start: undefined, total: 10 });
  for (const value of [null, "", "bytes", "bytes 5-9", "lines 5-9/10", "bytes -5/10"]) {
    assert.equal(parseContentRange(value), undefined, `${value}`);
  }
});

Deno.test("backoffDelay() grows, stays within its limits and spreads", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (n, random) => {
        const delay = backoffDelay(n, random);
        const ceiling = Math.min(30_000, 1_000 * 2 ** (n - 1));
        assert.ok(delay >= ceiling / 2 && delay <= ceiling);
      },
    ),
    { seed: 2, numRuns: 200 },
  );
  assert.notEqual(backoffDelay(3, 0.1), backoffDelay(3, 0.9));
});

Deno.test("connectionTrouble() finds the reason in an error's causes", () => {
  const nested = new TypeError("fetch failed", {
    cause: new Error("error sending request: dns error: failed to lookup address information"),
  });
  assert.equal(connectionTrouble(nested), "the host's name cannot be resolved");
  assert.equal(connectionTrouble(new Error("something else")), "something else");
});
