import assert from "node:assert/strict";
import { Gate } from "../../../src/gateway/admission/gate.ts";

Deno.test("tryEnter() lets as many in as there are places, and again when one left", () => {
  const gate = new Gate(2);
  const leave = gate.tryEnter();
  gate.tryEnter();
  assert.equal(gate.full, true);
  assert.throws(() => gate.tryEnter(), { kind: "overloaded", message: /prefetch/ });
  leave();
  leave();
  assert.equal(gate.inside, 1);
  gate.tryEnter();
  assert.equal(gate.inside, 2);
});

Deno.test("enter() waits for a place in the order of coming, and leaves with its signal", async () => {
  const gate = new Gate(1);
  const leave = await gate.enter();
  const order: string[] = [];
  const gone = new AbortController();
  const first = gate.enter().then((out) => (order.push("first"), out));
  const left = gate.enter(gone.signal);
  const second = gate.enter().then((out) => (order.push("second"), out));
  gone.abort(new Error("gone"));
  await assert.rejects(left, /gone/);
  leave();
  (await first)();
  (await second)();
  assert.deepEqual(order, ["first", "second"]);
  assert.equal(gate.inside, 0);
});

Deno.test("streams leave a tenth of the places to unary calls", async () => {
  const gate = new Gate(10);
  for (let i = 0; i < 9; i++) await gate.enter();
  let entered = false;
  const tenth = gate.enter().then((out) => (entered = true, out));
  gate.tryEnter()();
  assert.equal(gate.inside, 9);
  assert.equal(entered, false);
  assert.equal(gate.full, false);
  const leave = gate.tryEnter();
  assert.equal(gate.full, true);
  leave();
  const stopped = new AbortController();
  stopped.abort(new Error("stop"));
  await assert.rejects(gate.enter(stopped.signal), /stop/);
  assert.equal(await Promise.race([tenth, Promise.resolve("waiting")]), "waiting");
});

Deno.test("a limit of 0 is none", () => {
  const gate = new Gate(0);
  for (let i = 0; i < 5000; i++) gate.tryEnter();
  assert.equal(gate.full, false);
});
