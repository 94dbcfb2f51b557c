import assert from "node:assert/strict";
import { ClipClientError, type ClipClientErrorKind } from "../../../client/errors.ts";
import type { Clock } from "../../../client/stream/clock.ts";
import { Retrier } from "../../../client/stream/retry.ts";

/** Time that passes when somebody waits, one after the other. */
class StepClock implements Clock {
  readonly waits: number[] = [];
  #now = 0;
  constructor(readonly chance: number) {}
  now = () => this.#now;
  random = () => this.chance;
  sleep = (ms: number, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    this.waits.push(ms);
    this.#now += ms;
    return Promise.resolve();
  };
}

const NEVER = new AbortController().signal;

function failing(kind: ClipClientErrorKind, times: number, retryAfterMs?: number) {
  let tries = 0;
  return () => {
    if (tries++ < times) return Promise.reject(new ClipClientError(kind, "no", { retryAfterMs }));
    return Promise.resolve(tries);
  };
}

Deno.test("waits are drawn below a bound that doubles up to its end", async () => {
  const clock = new StepClock(1);
  const retrier = new Retrier({ retries: 6, baseMs: 100, maxMs: 900 }, clock);
  const tries = await retrier.run(failing("connection", 6), { safe: true, signal: NEVER });
  assert.equal(tries, 7);
  assert.deepEqual(clock.waits, [100, 200, 400, 800, 900, 900]);
});

Deno.test("only what passes is tried again, and not for ever", async () => {
  for (const kind of ["document", "invalid", "unauthenticated", "not_found", "server"] as const) {
    const clock = new StepClock(0.5);
    const retrier = new Retrier({}, clock);
    await assert.rejects(retrier.run(failing(kind, 1), { safe: true, signal: NEVER }));
    assert.deepEqual(clock.waits, []);
  }
  const clock = new StepClock(0);
  const never = new Retrier({}, clock).run(failing("timeout", 100), { safe: true, signal: NEVER });
  await assert.rejects(never);
  assert.equal(clock.waits.length, 5);
});

Deno.test("what is not safe is tried again where it was refused only", async () => {
  const run = (kind: ClipClientErrorKind) =>
    new Retrier({}, new StepClock(0)).run(failing(kind, 1), { safe: false, signal: NEVER });
  assert.equal(await run("overloaded"), 2);
  assert.equal(await run("rate_limited"), 2);
  for (const kind of ["connection", "unavailable", "timeout"] as const) {
    await assert.rejects(run(kind));
  }
});

Deno.test("when the server wants to be left alone, all requests keep away", async () => {
  const clock = new StepClock(0);
  const retrier = new Retrier({}, clock);
  await retrier.run(failing("overloaded", 1, 5000), { safe: true, signal: NEVER });
  assert.deepEqual(clock.waits, [5000]);
  await retrier.run(failing("overloaded", 0), { safe: true, signal: NEVER });
  assert.deepEqual(clock.waits, [5000]);
  const refused = new Retrier({ retries: 0 }, clock);
  await assert.rejects(
    refused.run(failing("overloaded", 1, 700), { safe: true, signal: NEVER }),
  );
  await refused.run(failing("overloaded", 0), { safe: true, signal: NEVER });
  assert.deepEqual(clock.waits, [5000, 700]);
});

Deno.test("a signal ends the wait with its reason", async () => {
  const reason = new Error("enough");
  const controller = new AbortController();
  const clock = new StepClock(0.5);
  const attempt = () => {
    controller.abort(reason);
    return failing("connection", 1)();
  };
  await assert.rejects(
    new Retrier({}, clock).run(attempt, { safe: true, signal: controller.signal }),
    (thrown) => thrown === reason,
  );
});
