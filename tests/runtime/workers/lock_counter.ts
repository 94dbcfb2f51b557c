/** A thread that counts up a shared number under a `DeviceLock`, slowly enough to be disturbed. */
/// <reference lib="deno.worker" />
import { DeviceLock, type LockMemory } from "../../../src/runtime/device_lock.ts";

interface Task {
  memory: LockMemory;
  counter: SharedArrayBuffer;
  owner: number;
  rounds: number;
}

self.onmessage = async ({ data }: MessageEvent<Task>) => {
  const count = new Int32Array(data.counter);
  const lock = new DeviceLock(data.memory, data.owner);
  for (let round = 0; round < data.rounds; round++) {
    await lock.hold(async () => {
      const before = count[0]!;
      await Promise.resolve();
      for (let spin = 0; spin < 2000; spin++) Math.sqrt(spin);
      count[0] = before + 1;
    });
  }
  self.postMessage("done");
};
