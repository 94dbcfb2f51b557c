/** A thread that counts up a shared number under a file lock, slowly enough to be disturbed. */
/// <reference lib="deno.worker" />
import { withFileLock } from "../../src/file_lock.ts";

interface Task {
  path: string;
  counter: SharedArrayBuffer;
  rounds: number;
}

self.onmessage = async ({ data: { path, counter, rounds } }: MessageEvent<Task>) => {
  const count = new Int32Array(counter);
  for (let round = 0; round < rounds; round++) {
    await withFileLock(path, async () => {
      const before = count[0]!;
      await Deno.stat(path);
      count[0] = before + 1;
    });
  }
  self.postMessage("done");
};
