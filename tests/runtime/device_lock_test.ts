import assert from "node:assert/strict";
import { DeviceLock, makeLockMemory } from "../../src/runtime/device_lock.ts";

Deno.test("DeviceLock lets one thread in at a time", async () => {
  const memory = makeLockMemory();
  const counter = new SharedArrayBuffer(8);
  const rounds = 200;
  const done = [1, 2, 3].map((owner) => {
    const worker = new Worker(new URL("./workers/lock_counter.ts", import.meta.url), {
      type: "module",
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    worker.onmessage = () => {
      worker.terminate();
      resolve();
    };
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage({ memory, counter, owner, rounds });
    return promise;
  });
  await Promise.all(done);
  // Reading and writing are apart in time: without the lock, counts are lost.
  assert.equal(new Int32Array(counter)[0], 3 * rounds);
});

Deno.test("DeviceLock is let go of when the body throws", async () => {
  const memory = makeLockMemory();
  const lock = new DeviceLock(memory, 1);
  await assert.rejects(lock.hold(() => Promise.reject(new Error("broken"))), /broken/);
  assert.equal(await new DeviceLock(memory, 2).hold(() => Promise.resolve(5)), 5);
});

Deno.test("DeviceLock of a dead owner can be broken, and only that one's", async () => {
  const memory = makeLockMemory();
  await new DeviceLock(memory, 7).hold(() => {
    new DeviceLock(memory, 8).release();
    assert.equal(new Int32Array(memory)[0], 7);
    new DeviceLock(memory, 7).release();
    assert.equal(new Int32Array(memory)[0], 0);
    return Promise.resolve();
  });
  for (const owner of [0, 1.5, NaN]) assert.throws(() => new DeviceLock(memory, owner), RangeError);
});
