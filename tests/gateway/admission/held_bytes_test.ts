import assert from "node:assert/strict";
import { HeldBytes } from "../../../src/gateway/admission/held_bytes.ts";

Deno.test("HeldBytes bounds what all requests hold together", () => {
  const bytes = new HeldBytes(100);
  const [a, b] = [bytes.open(), bytes.open()];
  a.grow(60);
  b.grow(40);
  assert.throws(() => a.grow(1), { kind: "overloaded", message: /100 of 100 bytes/ });
  b.release();
  a.grow(1);
  assert.equal(bytes.held, 61);
  a.release();
  a.release();
  assert.equal(bytes.held, 0);
});

Deno.test("what is let go of holds nothing any more, whatever still happens to it", () => {
  const bytes = new HeldBytes(100);
  const hold = bytes.open();
  hold.grow(60);
  hold.release();
  hold.grow(50);
  hold.shrink(10);
  assert.equal(bytes.held, 0);
});
