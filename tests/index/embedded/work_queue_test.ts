/** The order of the work of the index's thread. */
import assert from "node:assert/strict";
import { StepClock, type Steps } from "../../../src/index/embedded/steps.ts";
import { type QueueWork, WorkQueue } from "../../../src/index/embedded/work_queue.ts";

const IDLE: QueueWork = { nextWrite: () => undefined, build: () => false, failed() {} };

Deno.test("a read that nobody waits for any more ends, also when it has begun", async () => {
  const queue = new WorkQueue(new StepClock(), IDLE);
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  function* endless(): Steps<void> {
    resolve();
    for (;;) yield "pause";
  }
  queue.read(1, endless());
  await begun;
  assert.equal(queue.reads, 1);
  assert.equal(queue.withdraw(1), true);
  assert.equal(queue.reads, 0);
  assert.equal(queue.withdraw(1), false);
  queue.end();
});

Deno.test("building that failed is tried again, also when nothing comes any more", async () => {
  const { promise: built, resolve } = Promise.withResolvers<void>();
  const told: unknown[] = [];
  const queue = new WorkQueue(new StepClock(), {
    ...IDLE,
    build() {
      if (told.length === 0) throw new Error("The disk");
      resolve();
      return false;
    },
    failed: (thrown) => told.push(thrown),
  }, 1);
  queue.wake();
  await built;
  assert.equal(told.length, 1);
  queue.end();
});
