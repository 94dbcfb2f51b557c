import assert from "node:assert/strict";
import { newSpanId, newTraceId } from "../../../src/telemetry/tracing/ids.ts";

Deno.test("Ids are hexadecimal, of their lengths, and none is like another", () => {
  const seen = new Set<string>();
  for (let i = 0; i < 1000; i++) {
    const [trace, span] = [newTraceId(), newSpanId()];
    assert.match(trace, /^[0-9a-f]{32}$/);
    assert.match(span, /^[0-9a-f]{16}$/);
    seen.add(trace).add(span);
  }
  assert.equal(seen.size, 2000);
});

Deno.test("No id is all zeros, whatever chance brings", () => {
  const { random } = Math;
  try {
    for (const value of [0, 1 - Number.EPSILON]) {
      Math.random = () => value;
      assert.match(newSpanId(), /[1-9a-f]/);
      assert.match(newTraceId(), /[1-9a-f]/);
    }
  } finally {
    Math.random = random;
  }
});
