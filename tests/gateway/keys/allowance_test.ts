import assert from "node:assert/strict";
import { ClipError } from "../../../src/errors.ts";
import { Allowance, type AllowanceLimits } from "../../../src/gateway/keys/allowance.ts";
import type { RequestWatch } from "../../../src/telemetry/request_observer.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const { signal: never } = new AbortController();

/** A watch that keeps what it hears. */
function listener(): RequestWatch & { heard: unknown[][] } {
  const heard: unknown[][] = [];
  return {
    heard,
    read: (...all) => heard.push(["read", ...all]),
    answered: (...all) => heard.push(["answered", ...all]),
  };
}

function allowance(limits: Partial<AllowanceLimits>) {
  const clock = new FakeClock();
  const all = { rate: undefined, burst: undefined, inside: undefined, ...limits };
  return { clock, it: new Allowance("search", all, clock) };
}

/** Whether a promise has settled after everything that is due. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  promise.then(() => done = true, () => done = true);
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  return done;
}

Deno.test("a whole request over its key's rate is refused with the time until there is room", () => {
  const { clock, it } = allowance({ rate: 10, burst: 20 });
  const first = it.call(listener());
  first.read("/", 20, 1);
  const inner = listener();
  const second = it.call(inner);
  assert.throws(() => second.read("/encode", 5, 7), {
    kind: "rate_limited",
    retryAfterMs: 500,
    message: /'search' may send 10 documents a second .* again in 0\.5 s/,
  });
  assert.equal(second.refusal?.kind, "rate_limited");
  second.answered("rate_limited", 0, 429);
  assert.deepEqual(inner.heard, [["read", "/encode", 5, 7], ["answered", "rate_limited", 0, 429]]);
  clock.advance(500);
  const third = it.call(listener());
  third.read("/", 5, 1);
  assert.equal(third.refusal, undefined);
  assert.throws(() => it.requireRoom(), { kind: "rate_limited", retryAfterMs: 100 });
});

Deno.test("the burst is what comes in a second, and at least one document", () => {
  const quick = allowance({ rate: 30 });
  quick.it.take(30);
  assert.throws(() => quick.it.take(1), { kind: "rate_limited" });
  const slow = allowance({ rate: 0.5 });
  slow.it.take(1);
  assert.throws(() => slow.it.take(1), { retryAfterMs: 2000 });
});

Deno.test("a request larger than the burst waits for a full bucket, and owes the rest", () => {
  const { clock, it } = allowance({ rate: 10, burst: 10 });
  it.take(1);
  assert.throws(() => it.take(100), { retryAfterMs: 100 });
  clock.advance(100);
  it.take(100);
  assert.throws(() => it.take(1), { retryAfterMs: 9100 });
});

Deno.test("a request without documents is not refused for the rate", () => {
  const { it } = allowance({ rate: 1 });
  it.take(1);
  it.take(0);
});

Deno.test("a key's documents inside are bounded by its share, but for the first", () => {
  const { it } = allowance({ inside: 10 });
  const first = it.call(listener());
  first.read("/", 25, 1);
  assert.throws(() => it.call(listener()).read("/", 1, 1), {
    kind: "rate_limited",
    message: /25 documents inside and may have 10 \('share'\)/,
  });
  first.answered("ok", 1);
  first.answered("ok", 1);
  const second = it.call(listener());
  second.read("/", 9, 1);
  it.call(listener()).read("/", 1, 1);
  assert.throws(() => it.requireRoom(), { kind: "rate_limited" });
  second.answered("failed", 1);
  it.requireRoom();
});

Deno.test("what was refused is charged nothing and gives nothing back", () => {
  const { it } = allowance({ inside: 10 });
  const inside = it.call(listener());
  inside.read("/", 10, 1);
  const refused = it.call(listener());
  assert.throws(() => refused.read("/", 5, 1));
  refused.answered("rate_limited", 0);
  assert.throws(() => it.requireRoom());
});

Deno.test("a stream waits until its key has paid what it owes", async () => {
  const { clock, it } = allowance({ rate: 10, burst: 10 });
  const stream = it.stream();
  await stream.room(never);
  await stream.enter(1, never);
  stream.call(listener()).read("/", 30, 1);
  await stream.room(never);
  const next = stream.enter(1, never);
  assert.equal(await settled(next), false);
  clock.advance(2099);
  assert.equal(await settled(next), false);
  clock.advance(1);
  await next;
  assert.equal(clock.alarms, 0);
});

Deno.test("streams of a key are let in one by one, so that all together keep to the rate", async () => {
  const { clock, it } = allowance({ rate: 1, burst: 1 });
  const [one, two] = [it.stream(), it.stream()];
  await Promise.all([one.room(never), two.room(never)]);
  await one.enter(1, never);
  const second = two.enter(1, never);
  assert.equal(await settled(second), false, "it is not known yet what the first one holds");
  one.call(listener()).read("/", 1, 1);
  assert.equal(await settled(second), false, "the rate is used up");
  clock.advance(1000);
  await second;
});

Deno.test("a message that cannot be read, or is given up, lets the next one in", async () => {
  const { it } = allowance({ rate: 100 });
  const [one, two, three] = [it.stream(), it.stream(), it.stream()];
  await one.enter(1, never);
  const second = two.enter(1, never);
  assert.equal(await settled(second), false);
  one.call(listener()).answered("invalid", 0);
  await second;
  const third = three.enter(1, never);
  assert.equal(await settled(third), false);
  two.end();
  await third;
});

Deno.test("a stream waits while its key's share is inside", async () => {
  const { it } = allowance({ inside: 2 });
  const stream = it.stream();
  await stream.enter(1, never);
  const watch = stream.call(listener());
  watch.read("/", 2, 1);
  const next = stream.enter(1, never);
  assert.equal(await settled(next), false);
  watch.answered("ok", 1);
  await next;
});

Deno.test("messages that wait hold so much, and no more are read then", async () => {
  const { clock, it } = allowance({ rate: 1 });
  it.take(1);
  const large = it.enter(20 * 2 ** 20, never);
  const room = it.room(never);
  assert.equal(await settled(room), false);
  clock.advance(1000);
  await Promise.all([large, room]);
});

Deno.test("who waits leaves with its signal, and no alarm is left when it is closed", async () => {
  const { clock, it } = allowance({ rate: 1 });
  it.take(1);
  const gone = new AbortController();
  const entry = it.enter(1, gone.signal);
  gone.abort(new ClipError("cancelled", "gone"));
  await assert.rejects(entry, { kind: "cancelled" });
  assert.equal(clock.alarms, 1);
  it.close();
  assert.equal(clock.alarms, 0);
});
