import assert from "node:assert/strict";
import { join } from "node:path";
import type { ConvertTask } from "../../workers/convert_messages.ts";
import { convertInWorker } from "../../src/server/conversion_worker.ts";
import { readManifest } from "../../src/graph/manifest.ts";
import { CHECKPOINTS } from "../checkpoint/fixture_files.ts";
import { TemporaryStore } from "../model/store/fakes.ts";

function task(path: string, store: TemporaryStore): ConvertTask {
  const { cache } = store.settings;
  return { path, cacheRoot: cache, dtype: "fp32", target: "cpu", pixels: "uint8" };
}

/** Converts; how often a timer fired here while the worker unpacked, and what was told. */
async function convertWatched(task: ConvertTask) {
  const notes: string[] = [];
  const phases: string[] = [];
  let ticks = 0;
  let ticksAtUnpacking = 0;
  let ticksWhileUnpacking = 0;
  const timer = setInterval(() => ticks++, 1);
  const converted = await convertInWorker(task, {
    onNote: (line) => {
      const count = notes.push(line);
      if (count === 1) ticksAtUnpacking = ticks;
      if (count === 2) ticksWhileUnpacking = ticks - ticksAtUnpacking;
    },
    onProgress: (phase) => phases.push(phase),
  });
  clearInterval(timer);
  return { ...converted, notes, phases: [...new Set(phases)], ticksWhileUnpacking };
}

Deno.test("convertInWorker() converts while this thread goes on, and once", async () => {
  const path = join(CHECKPOINTS, "vit-a/openai_jit.pt.gz");
  let ticks = 0;
  // Others may have the machine for as long as the worker unpacks: then it is done once more.
  for (let tries = 0; ticks === 0 && tries < 20; tries++) {
    await using store = new TemporaryStore();
    const { directory, fresh, notes, phases, ticksWhileUnpacking } = await convertWatched(
      task(path, store),
    );
    assert.equal(fresh, true);
    assert.deepEqual(phases, ["hashing", "converting"]);
    assert.match(notes[0] ?? "", /^Unpacking/);
    assert.match(notes[1] ?? "", /assumed/);
    assert.equal((await readManifest(directory)).architecture.embedDim, 96);
    const again = await convertInWorker(task(path, store), {
      onNote: (line) => assert.fail(line),
      onProgress: () => {},
    });
    assert.deepEqual(again, { directory, fresh: false });
    ticks = ticksWhileUnpacking;
  }
  // Between the two notes the worker unpacks, synchronously: in this thread no timer could fire.
  assert.ok(ticks > 0);
});

Deno.test("convertInWorker() passes errors on, and stops when told to", async () => {
  await using store = new TemporaryStore();
  const silent = { onNote: () => {}, onProgress: () => {} };
  const broken = await store.put("broken.pt", new Uint8Array([1, 2, 3]));
  await assert.rejects(convertInWorker(task(broken, store), silent), {
    name: "ClipError",
    kind: "model",
    message: /broken\.pt.*format is unknown/,
  });
  await assert.rejects(convertInWorker(task(join(store.root, "none.pt"), store), silent), {
    kind: "config",
    message: /no such file/,
  });
  const controller = new AbortController();
  const path = join(CHECKPOINTS, "vit-a/openai_jit.pt.gz");
  await assert.rejects(
    convertInWorker(task(path, store), {
      onProgress: () => {},
      onNote: () => controller.abort(new Error("enough")),
      signal: controller.signal,
    }),
    /enough/,
  );
  // What it held is free: the same model converts now.
  assert.equal((await convertInWorker(task(path, store), silent)).fresh, true);
});
