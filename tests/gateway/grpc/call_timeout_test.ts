import assert from "node:assert/strict";
import { callTimeoutMs } from "../../../src/gateway/grpc/call_timeout.ts";

Deno.test("A call's timeout is read in every unit, and beyond what timers count", () => {
  assert.equal(callTimeoutMs(undefined), Infinity);
  assert.equal(callTimeoutMs("3S"), 3000);
  assert.equal(callTimeoutMs("250m"), 250);
  assert.equal(callTimeoutMs("2M"), 120_000);
  assert.equal(callTimeoutMs("1000H"), 3_600_000_000);
  assert.equal(callTimeoutMs("5000u"), 5);
  assert.equal(callTimeoutMs("5000000n"), 5);
});

Deno.test("What is no timeout is refused", () => {
  for (const header of ["", "S", "3", "-3S", "123456789S", "3 S", "1e3m"]) {
    assert.throws(() => callTimeoutMs(header), { kind: "invalid" });
  }
});
