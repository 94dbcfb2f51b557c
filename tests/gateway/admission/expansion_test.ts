import assert from "node:assert/strict";
import { maxUnpacked } from "../../../src/gateway/admission/expansion.ts";

const MIB = 2 ** 20;

Deno.test("What is sent may unpack in proportion, beyond what is free and within the largest message", () => {
  assert.equal(maxUnpacked(0, 256 * MIB, 200), 8 * MIB);
  assert.equal(maxUnpacked(16 * 1024, 256 * MIB, 200), 8 * MIB + 200 * 16 * 1024);
  assert.equal(maxUnpacked(200 * MIB, 256 * MIB, 200), 256 * MIB);
  assert.equal(maxUnpacked(10, MIB, 200), MIB);
});
