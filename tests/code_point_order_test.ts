import assert from "node:assert/strict";
import fc from "fast-check";
import { compareCodePoints } from "../src/code_point_order.ts";

Deno.test("compareCodePoints() orders texts as their UTF-8 is ordered", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "b", "é", "\ud7ff", "\ue000", "\uffff", "😀"),
  });
  const encoder = new TextEncoder();
  fc.assert(fc.property(text, text, (a, b) => {
    const bytes = bytewise(encoder.encode(a), encoder.encode(b));
    assert.equal(Math.sign(compareCodePoints(a, b)), bytes);
  }));
});

function bytewise(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] !== b[i]) return Math.sign(a[i]! - b[i]!);
  }
  return Math.sign(a.length - b.length);
}
