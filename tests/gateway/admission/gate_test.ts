import assert from "node:assert/strict";
import { ClipError } from "../../../src/errors.ts";
import { Gate } from "../../../src/gateway/admission/gate.ts";

const { signal: never } = new AbortController();

Deno.test("pass() lets as many in as there are places, the others wait in the order of coming", async () => {
  const gate = new Gate(2);
  const leave = await gate.pass(never);
  await gate.pass(never);
  assert.equal(gate.full, true);
  const order: string[] = [];
  const third = gate.pass(never).then((out) => (order.push("third"), out));
  const fourth = gate.pass(never).then((out) => (order.push("fourth"), out));
  assert.equal(gate.waiting, 2);
  leave();
  leave();
  (await third)();
  await fourth;
  assert.deepEqual(order, ["third", "fourth"]);
  assert.equal(gate.inside, 2);
});

Deno.test("pass() refuses at once when too many wait, and leaves with its signal", async () => {
  const gate = new Gate(1, { maxWaiting: 1, maxWaitMs: 0 });
  const leave = await gate.pass(never);
  const gone = new AbortController();
  const waiting = gate.pass(gone.signal);
  await assert.rejects(gate.pass(never), { kind: "overloaded", message: /'prefetch'.* 1 wait/ });
  gone.abort(new Error("gone"));
  await assert.rejects(waiting, /gone/);
  const next = gate.pass(never);
  leave();
  (await next)();
  assert.equal(gate.inside, 0);
});

Deno.test("pass() refuses whom it could not let in in time, and says when to come back", async () => {
  let now = 0;
  const gate = new Gate(1, { maxWaiting: 1000, maxWaitMs: 450 }, () => now);
  const leaves: (() => void)[] = [];
  const join = () => gate.pass(never).then((leave) => void leaves.push(leave));
  await join();
  // A place comes free every 100 ms.
  for (let i = 0; i < 8; i++) join();
  for (let i = 0; i < 5; i++) {
    now += 100;
    leaves.shift()!();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assert.equal(gate.waiting, 3);
  join();
  const late = await gate.pass(never).catch((error) => error as ClipError);
  assert.ok(late instanceof ClipError);
  assert.equal(late.kind, "overloaded");
  assert.ok(Math.abs(late.retryAfterMs! - 500) < 1, String(late.retryAfterMs));
  // What would be in time here is not if it waits behind the gate as well.
  now += 100;
  leaves.shift()!();
  await new Promise((resolve) => setTimeout(resolve, 0));
  await assert.rejects(gate.pass(never, () => 100), { kind: "overloaded" });
  join();
  assert.equal(gate.waiting, 4);
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

Deno.test("streams leave a tenth of the places to whole requests", async () => {
  const gate = new Gate(10);
  for (let i = 0; i < 9; i++) await gate.enter();
  let entered = false;
  const tenth = gate.enter().then((out) => (entered = true, out));
  (await gate.pass(never))();
  assert.equal(gate.inside, 9);
  assert.equal(entered, false);
  assert.equal(gate.full, false);
  const leave = await gate.pass(never);
  assert.equal(gate.full, true);
  leave();
  const stopped = new AbortController();
  stopped.abort(new Error("stop"));
  await assert.rejects(gate.enter(stopped.signal), /stop/);
  assert.equal(await Promise.race([tenth, Promise.resolve("waiting")]), "waiting");
});

Deno.test("streams and whole requests that wait take turns", async () => {
  const gate = new Gate(1);
  let leave = await gate.enter();
  const order: string[] = [];
  const join = (name: string, entered: Promise<() => void>) =>
    entered.then((out) => {
      order.push(name);
      leave = out;
    });
  for (let i = 0; i < 3; i++) {
    join("stream", gate.enter());
    join("call", gate.pass(never));
  }
  for (let i = 0; i < 6; i++) {
    leave();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assert.deepEqual(order, ["call", "stream", "call", "stream", "call", "stream"]);
});

Deno.test("streams get in while whole requests wait without end", async () => {
  const gate = new Gate(10);
  const leaves: (() => void)[] = [];
  const call = () => void gate.pass(never).then((leave) => leaves.push(leave));
  for (let i = 0; i < 20; i++) call();
  let entered = false;
  gate.enter().then(() => entered = true);
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    leaves.shift()!();
    call();
  }
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(entered, true);
});

Deno.test("a limit of 0 is none", async () => {
  const gate = new Gate(0);
  for (let i = 0; i < 5000; i++) await gate.pass(never);
  assert.equal(gate.full, false);
});
