import assert from "node:assert/strict";
import { HeldBytes } from "../../../src/gateway/admission/held_bytes.ts";
import { readBody } from "../../../src/gateway/http/body.ts";

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

Deno.test("readBody() holds what it keeps, and is refused when others hold too much", async () => {
  const bytes = new HeldBytes(1_000_000);
  const send = (size: number) =>
    new Request("http://x/", { method: "POST", body: new Uint8Array(size) });
  const first = bytes.open();
  assert.equal((await readBody(send(600_000), 1_000_000, first)).length, 600_000);
  assert.ok(bytes.held >= 600_000 && bytes.held <= 1_000_000, `${bytes.held}`);
  const second = bytes.open();
  await assert.rejects(readBody(send(600_000), 1_000_000, second), { kind: "overloaded" });
  second.release();
  first.release();
  assert.equal(bytes.held, 0);
  const third = bytes.open();
  assert.equal((await readBody(send(600_000), 1_000_000, third)).length, 600_000);
});
