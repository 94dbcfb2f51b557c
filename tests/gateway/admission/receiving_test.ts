import assert from "node:assert/strict";
import type { ClipError } from "../../../src/errors.ts";
import { HeldBytes } from "../../../src/gateway/admission/held_bytes.ts";
import {
  ANSWER_PATIENCE,
  Receiving,
  type ReceivingLimits,
} from "../../../src/gateway/admission/receiving.ts";
import { untilSo } from "../../support/until.ts";

const PATIENCE_MS = 8;

/** A clock that stands still until it is moved, and everything that was given up, in order. */
function receiving(limits: Partial<ReceivingLimits> = {}, maxBytes = 1000) {
  const clock = { now: 0 };
  const bytes = new HeldBytes(maxBytes);
  const all = new Receiving(
    {
      perConnection: 10,
      perAddress: 100,
      firstByteMs: PATIENCE_MS,
      minBytesPerSecond: 1000,
      ...limits,
    },
    bytes,
    () => clock.now,
  );
  const dropped: string[] = [];
  const open = (name: string, { connection = {}, address = "192.0.2.1" } = {}) =>
    all.open({ connection, address }, ({ kind }: ClipError) => dropped.push(`${name} ${kind}`));
  /** Moves the clock in steps that are looked at: a long one would be the server's own pause. */
  const pass = async (ms: number) => {
    for (let i = 0; i < ms; i++) {
      clock.now++;
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  };
  return { all, bytes, clock, dropped, open, pass };
}

Deno.test("a message whose first byte does not come is given up, once", async () => {
  const { all, dropped, open, pass, bytes } = receiving();
  const one = open("one");
  one.grow(10);
  await pass(PATIENCE_MS - 1);
  assert.deepEqual(dropped, []);
  await pass(2);
  await untilSo(() => dropped.length > 0);
  assert.deepEqual(dropped, ["one deadline"]);
  assert.equal(bytes.held, 0);
  assert.equal(all.unfinished, 0);
  assert.throws(() => one.grow(1), { kind: "deadline", message: /receive_timeout_ms/ });
  one.shrink(3);
  one.release();
  assert.equal(bytes.held, 0);
});

Deno.test("a message is given up that drips, and one that sends much and then stops", async () => {
  const { dropped, open, pass } = receiving();
  const steady = open("steady");
  const drips = open("drips");
  const rich = open("rich");
  rich.received(1_000_000);
  for (let ms = 0; ms < 2 * PATIENCE_MS; ms++) {
    await pass(1);
    steady.received(1);
    if (ms % 4 === 0) drips.received(1);
  }
  await untilSo(() => dropped.length === 2);
  assert.deepEqual(dropped, ["rich deadline", "drips deadline"]);
  steady.release();
});

Deno.test("time does not pass for what the server does not read, nor for what is complete", async () => {
  const { all, bytes, dropped, open, pass } = receiving();
  const paused = open("paused");
  const complete = open("complete");
  complete.grow(100);
  complete.complete();
  complete.complete();
  paused.pause();
  await pass(2 * PATIENCE_MS);
  assert.deepEqual(dropped, []);
  assert.equal(bytes.held, 100);
  assert.equal(all.unfinished, 1);
  paused.resume();
  await pass(PATIENCE_MS + 1);
  await untilSo(() => dropped.length > 0);
  assert.deepEqual(dropped, ["paused deadline"]);
  complete.release();
  assert.equal(bytes.held, 0);
});

Deno.test("a server that stood still itself does not blame its clients", async () => {
  const { clock, dropped, open } = receiving();
  const one = open("one");
  clock.now += 100 * PATIENCE_MS;
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(dropped, []);
  one.release();
});

Deno.test("under pressure what has waited longest for its own bytes goes first", () => {
  const { bytes, clock, dropped, open } = receiving({ firstByteMs: 60_000 });
  const complete = open("complete");
  complete.grow(300);
  complete.complete();
  const first = open("first");
  const second = open("second");
  const empty = open("empty");
  first.grow(300);
  second.grow(300);
  clock.now += 1000;
  first.received(1);
  clock.now += 1000;
  second.received(300);
  const third = open("third");
  third.grow(300);
  assert.deepEqual(dropped, ["first overloaded"]);
  assert.equal(bytes.held, 900);
  third.complete();
  second.complete();
  assert.throws(() => empty.grow(200), { kind: "overloaded", message: /max_held_bytes/ });
  assert.deepEqual(dropped, ["first overloaded"], "what holds nothing is not dropped for nothing");
  for (const one of [complete, first, second, empty, third]) one.release();
  assert.equal(bytes.held, 0);
});

Deno.test("a connection and an address have bounds, and who stands still makes room", () => {
  const { clock, dropped, open } = receiving({
    perConnection: 2,
    perAddress: 3,
    firstByteMs: 60_000,
  });
  const connection = {};
  const all = [open("a", { connection }), open("b", { connection })];
  assert.throws(() => open("c", { connection }), {
    kind: "overloaded",
    message: /max_receiving_per_connection/,
  });
  all.push(open("d"));
  assert.throws(() => open("e"), { kind: "overloaded", message: /max_receiving_per_address/ });
  all.push(open("other", { address: "192.0.2.2" }));
  clock.now += 2000;
  all[0]!.received(2000);
  all.push(open("f", { connection }));
  assert.deepEqual(dropped, ["b overloaded"]);
  all[0]!.complete();
  all.push(open("g", { connection }));
  assert.deepEqual(dropped, ["b overloaded"]);
  for (const one of all) one.release();
});

Deno.test("an answer that is not taken is given up, and counted over the limit if need be", async () => {
  const { all, bytes, dropped, open, pass } = receiving();
  const message = open("message");
  message.grow(500);
  const answer = all.answer(900, ({ kind }) => dropped.push(`answer ${kind}`));
  assert.deepEqual(dropped, ["message overloaded"]);
  const second = all.answer(900, ({ kind }) => dropped.push(`second ${kind}`));
  assert.deepEqual(dropped, ["message overloaded", "answer overloaded"]);
  answer.release();
  assert.equal(bytes.held, 900);
  // What the system takes for a client at one time may last it for long.
  await pass(PATIENCE_MS + 1);
  assert.equal(dropped.length, 2);
  await pass((ANSWER_PATIENCE - 1) * PATIENCE_MS);
  await untilSo(() => dropped.length === 3);
  assert.equal(dropped[2], "second deadline");
  second.release();
});
