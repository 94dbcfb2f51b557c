import assert from "node:assert/strict";
import { join } from "node:path";
import type { JobOptions } from "../../../src/bulk/job/run_job.ts";
import { runJob } from "../../../src/bulk/job/run_job.ts";
import { ClipError } from "../../../src/errors.ts";
import { NumbersEmbedder, numbersOf } from "./numbers_embedder.ts";
import { readJsonLines, readNpyFolder } from "./read_output.ts";
import { imageRow, rowsInput, textRow } from "./rows_input.ts";

const INPUT = rowsInput(100, (i) => textRow(`text ${i}`, `t.txt:${i}`, { n: i }));

function job(folder: string, options: Partial<JobOptions> = {}): JobOptions {
  return { input: INPUT, embedder: new NumbersEmbedder(), folder, format: "npy", ...options };
}

/** Runs with a folder of its own, which is not there yet. */
function inFolder(name: string, work: (folder: string) => Promise<void>): void {
  Deno.test(name, async () => {
    const parent = await Deno.makeTempDir();
    try {
      await work(join(parent, "out"));
    } finally {
      await Deno.remove(parent, { recursive: true });
    }
  });
}

inFolder("runJob() writes every row in the order of the input, in parts", async (folder) => {
  const summary = await runJob(job(folder, { rowsPerFile: 30 }));
  assert.equal(summary.embedded, 100);
  assert.equal(summary.failed, 0);
  assert.equal(summary.files.length, 8);
  const rows = await readNpyFolder(folder);
  assert.deepEqual(rows.map(({ id }) => id), Array.from({ length: 100 }, (_, i) => `t.txt:${i}`));
  for (const [i, row] of rows.entries()) {
    assert.deepEqual(row.vector, [...numbersOf(`text ${i}`)]);
    assert.deepEqual(row.metadata, { n: i });
  }
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  assert.deepEqual(names, [
    ...[0, 1, 2, 3].map((part) => `embeddings_${part}.npy`),
    ...[0, 1, 2, 3].map((part) => `ids_${part}.jsonl`),
    "job.json",
  ]);
});

inFolder("runJob() keeps the order when answers come in another", async (folder) => {
  const embedder = new NumbersEmbedder();
  const held: (() => void)[] = [];
  embedder.before = () =>
    new Promise((resolve) => {
      held.push(resolve);
      // The last of those under way is answered first.
      if (held.length === embedder.inFlight || embedder.seen.length + 16 * held.length >= 100) {
        for (const answer of held.splice(0).reverse()) queueMicrotask(answer);
      }
    });
  await runJob(job(folder, { embedder }));
  const rows = await readNpyFolder(folder);
  assert.deepEqual(rows.map(({ id }) => id), Array.from({ length: 100 }, (_, i) => `t.txt:${i}`));
});

inFolder("runJob() writes what cannot be embedded to the errors, and goes on", async (folder) => {
  const input = rowsInput(60, (i) => {
    if (i === 5) return { key: "k5", place: "in/k5", reason: "it is no image" };
    if (i === 6) return textRow("bad text", "k6");
    if (i === 7) {
      return {
        ...imageRow("", "k7"),
        image: () => Promise.reject(new ClipError("document", "it is gone")),
      };
    }
    return i % 2 === 0 ? textRow(`text ${i}`, `k${i}`) : imageRow(`image ${i}`, `k${i}`);
  });
  const summary = await runJob(job(folder, { input }));
  assert.equal(summary.embedded, 57);
  assert.equal(summary.failed, 3);
  assert.deepEqual(await readJsonLines(summary.errorsFile!), [
    { key: "k5", place: "in/k5", reason: "it is no image" },
    { key: "k6", place: "k6", reason: '"bad text" is bad' },
    { key: "k7", place: "in/k7", reason: "it is gone" },
  ]);
  const rows = await readNpyFolder(folder);
  assert.equal(rows.length, 57);
  for (const { id, vector } of rows) {
    const i = Number(id.slice(1));
    assert.deepEqual(vector, [...numbersOf(`${i % 2 === 0 ? "text" : "image"} ${i}`)]);
  }
});

inFolder("runJob() does nothing when the job is done", async (folder) => {
  await runJob(job(folder));
  const embedder = new NumbersEmbedder();
  const summary = await runJob(job(folder, { embedder }));
  assert.equal(summary.alreadyDone, true);
  assert.equal(summary.embedded, 100);
  assert.equal(embedder.calls, 0);
});

inFolder(
  "runJob() finishes what is in flight when it is interrupted, and goes on",
  async (folder) => {
    const first = new NumbersEmbedder();
    const interruption = new AbortController();
    first.before = () => {
      if (first.calls === 3) interruption.abort();
    };
    const interrupted = await runJob(job(folder, { embedder: first, signal: interruption.signal }));
    assert.equal(interrupted.interrupted, true);
    assert.equal(interrupted.rows, 48);
    assert.equal(first.seen.length, 48);

    const second = new NumbersEmbedder();
    const summary = await runJob(job(folder, { embedder: second }));
    assert.equal(summary.interrupted, false);
    assert.equal(summary.resumedAt, 48);
    assert.equal(second.seen.length, 52);
    assert.equal((await readNpyFolder(folder)).length, 100);
  },
);
