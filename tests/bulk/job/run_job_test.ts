import assert from "node:assert/strict";
import { join } from "node:path";
import { FolderPlace } from "../../../src/bulk/job/places/folder_place.ts";
import type { JobOptions } from "../../../src/bulk/job/run_job.ts";
import { runJob } from "../../../src/bulk/job/run_job.ts";
import { ClipError } from "../../../src/errors.ts";
import { NumbersEmbedder, numbersOf } from "./numbers_embedder.ts";
import { readJsonLines, readNpyFolder } from "./read_output.ts";
import { imageRow, rowsInput, textRow } from "./rows_input.ts";

const INPUT = rowsInput(100, (i) => textRow(`text ${i}`, `t.txt:${i}`, { n: i }));

function job(folder: string, options: Partial<JobOptions> = {}): JobOptions {
  return {
    input: INPUT,
    embedder: new NumbersEmbedder(),
    out: new FolderPlace(folder),
    format: "npy",
    ...options,
  };
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

inFolder(
  "runJob() notices another model by what it makes of a text, not another number format",
  async (folder) => {
    const withProbe = (probe: Float32Array) => Object.assign(new NumbersEmbedder(), { probe });
    const first = numbersOf("probe", 512);
    await runJob(job(folder, { embedder: withProbe(first) }));
    const rounded = first.map((value) => 3 * Math.fround(Math.round(value * 100) / 100));
    const again = await runJob(job(folder, { embedder: withProbe(rounded) }));
    assert.equal(again.alreadyDone, true);
    for (const probe of [numbersOf("other", 512), numbersOf("probe", 256)]) {
      await assert.rejects(runJob(job(folder, { embedder: withProbe(probe) })), {
        kind: "config",
        message: /is another job's: it was embedded by another model/,
      });
    }
  },
);

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

inFolder("runJob() does not touch another job's folder, and says what differs", async (folder) => {
  await runJob(job(folder));
  const before = await readNpyFolder(folder);
  const others: [Partial<JobOptions>, RegExp][] = [
    [{ format: "jsonl" }, /format was npy and is jsonl now/],
    [{ input: rowsInput(99, () => textRow("a", "b")) }, /its input was another/],
    [{ normalize: true }, /normalize was false and is true now/],
    [{ shard: { index: 2, count: 3 } }, /shard was none and is 2\/3 now/],
    [{ rowsPerFile: 7 }, /rows per file was 1000000 and is 7 now/],
    [{ fingerprint: { "--dtype": "fp16" } }, /--dtype was not given and is fp16 now/],
  ];
  for (const [options, difference] of others) {
    await assert.rejects(runJob(job(folder, options)), (error: ClipError) => {
      assert.equal(error.kind, "config");
      assert.match(error.message, /is another job's/);
      assert.match(error.message, difference);
      return true;
    });
  }
  assert.deepEqual(await readNpyFolder(folder), before);
});

inFolder("runJob() does not write to a folder with something else in it", async (folder) => {
  await Deno.mkdir(folder);
  await Deno.writeTextFile(join(folder, "thesis.txt"), "");
  await assert.rejects(runJob(job(folder)), /is not empty/);
  assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["thesis.txt"]);
});

inFolder("runJob() overwrites what jobs write, and nothing else", async (folder) => {
  await runJob(job(folder, { rowsPerFile: 20 }));
  await Deno.writeTextFile(join(folder, "thesis.txt"), "");
  const input = rowsInput(3, (i) => textRow(`text ${i}`, `k${i}`));
  await runJob(job(folder, { input, format: "jsonl", overwrite: true }));
  assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
    "embeddings_0.jsonl",
    "job.json",
    "thesis.txt",
  ]);
});

inFolder("runJob() is alone in its folder", async (folder) => {
  const embedder = new NumbersEmbedder();
  const second: Promise<unknown>[] = [];
  embedder.before = () => {
    if (second.length === 0) {
      second.push(assert.rejects(runJob(job(folder)), /Another process is writing/));
    }
    return second[0] as Promise<void>;
  };
  await runJob(job(folder, { embedder }));
  assert.equal(second.length, 1);
});

inFolder(
  "runJob() stops at the first bad row if it is strict, and goes on there",
  async (folder) => {
    let bad = true;
    const input = rowsInput(
      100,
      (i) =>
        bad && i === 40 ? { key: "t.txt:40", place: "t.txt:40", reason: "no image" } : textRow(
          `text ${i}`,
          `t.txt:${i}`,
        ),
    );
    await assert.rejects(runJob(job(folder, { input, strict: true })), (error: ClipError) => {
      assert.equal(error.kind, "document");
      assert.match(error.message, /^t\.txt:40: no image/);
      return true;
    });
    bad = false;
    const summary = await runJob(job(folder, { input, strict: true }));
    assert.equal(summary.resumedAt, 40);
    assert.equal(summary.failed, 0);
    assert.equal((await readNpyFolder(folder)).length, 100);
  },
);

inFolder("runJob() keeps what is done when the embedder fails", async (folder) => {
  const embedder = new NumbersEmbedder();
  embedder.before = () => {
    if (embedder.calls > 4) throw new ClipError("unavailable", "no server answers");
  };
  await assert.rejects(runJob(job(folder, { embedder })), /no server answers/);
  const summary = await runJob(job(folder));
  assert.ok(summary.resumedAt >= 32, `${summary.resumedAt} rows were kept`);
  assert.equal((await readNpyFolder(folder)).length, 100);
});

inFolder("runJob() notices that the input is another than before", async (folder) => {
  const embedder = new NumbersEmbedder();
  const interruption = new AbortController();
  embedder.before = () => interruption.abort();
  await runJob(job(folder, { embedder, signal: interruption.signal }));
  const moved = { ...INPUT, rows: rowsInput(100, (i) => textRow("a", `u.txt:${i}`)).rows };
  await assert.rejects(runJob(job(folder, { input: moved })), (error: ClipError) => {
    assert.equal(error.kind, "invalid");
    assert.match(error.message, /row 16 was "t\.txt:15" and is "u\.txt:15" now/);
    return true;
  });
  const shorter = { ...INPUT, rows: rowsInput(10, (i) => textRow("a", `t.txt:${i}`)).rows };
  await assert.rejects(runJob(job(folder, { input: shorter })), /and is nothing now/);
});

inFolder("runJob() embeds no more than a second's work twice", async (folder) => {
  // A copy of the folder at some moment is what a process leaves that is killed then.
  const copy = `${folder}-copy`;
  let now = 0;
  const first = new NumbersEmbedder();
  first.before = async () => {
    now += 100;
    if (first.calls === 50) await copyFolder(folder, copy);
  };
  const input = rowsInput(1_600, (i) => textRow(`text ${i}`, `t.txt:${i}`));
  await runJob(job(folder, { input, embedder: first, now: () => now }));
  const second = new NumbersEmbedder();
  const summary = await runJob(job(copy, { input, embedder: second }));
  // Ten calls in a second, and three in flight with what waits behind them.
  const lost = 50 * first.batchSize - summary.resumedAt;
  assert.ok(lost <= (10 + 3 + 8) * first.batchSize, `${lost} rows are lost`);
  assert.deepEqual(await readNpyFolder(copy), await readNpyFolder(folder));
});

inFolder("runJob() cuts away what was written and not noted", async (folder) => {
  const embedder = new NumbersEmbedder();
  const interruption = new AbortController();
  embedder.before = () => interruption.abort();
  const input = rowsInput(100, (i) => textRow(i === 3 ? "bad" : `text ${i}`, `t.txt:${i}`));
  await runJob(job(folder, { input, embedder, signal: interruption.signal, rowsPerFile: 30 }));
  const half = ["unfinished/rows.part", "unfinished/matrix_0.part", "errors.jsonl"];
  for (const name of half) {
    await Deno.writeTextFile(join(folder, name), '{"id":"half', { append: true });
  }
  await Deno.writeTextFile(join(folder, "unfinished/state.json.tmp"), '{"rows":');
  await Deno.writeTextFile(join(folder, "embeddings_2.npy"), "half");
  const summary = await runJob(job(folder, { input, rowsPerFile: 30 }));
  assert.equal(summary.resumedAt, 16);
  const rows = await readNpyFolder(folder);
  assert.equal(new Set(rows.map(({ id }) => id)).size, 99);
  assert.equal(rows.length, 99);
  assert.equal((await readJsonLines(summary.errorsFile!)).length, 1);
});

inFolder("runJob() says so when what it wrote is gone", async (folder) => {
  const embedder = new NumbersEmbedder();
  const interruption = new AbortController();
  embedder.before = () => interruption.abort();
  await runJob(job(folder, { embedder, signal: interruption.signal }));
  await Deno.truncate(join(folder, "unfinished/rows.part"), 5);
  await assert.rejects(runJob(job(folder)), (error: ClipError) => {
    assert.equal(error.kind, "invalid");
    assert.match(error.message, /rows\.part" has 5 bytes.*--overwrite/);
    return true;
  });
});

inFolder("runJob() writes nothing of an input without rows", async (folder) => {
  const input = rowsInput(0, () => textRow("", ""));
  const summary = await runJob(job(folder, { input }));
  assert.deepEqual(summary.files, []);
  assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["job.json"]);
});

inFolder("runJob() refuses options that do not go together", async (folder) => {
  await assert.rejects(
    runJob(job(folder, { format: "jsonl", dtype: "float16" })),
    /float16 is for \.npy files/,
  );
  await assert.rejects(
    runJob(job(folder, { format: "clip-retrieval", embed: "any" })),
    /images and texts apart/,
  );
});

inFolder("runJob() refuses embeddings of two lengths", async (folder) => {
  const embedder = new NumbersEmbedder();
  const encode = embedder.encode.bind(embedder);
  embedder.encode = async (items, signal) => {
    const outcomes = await encode(items, signal);
    return embedder.calls > 2 ? outcomes.map(() => new Float32Array(9)) : outcomes;
  };
  await assert.rejects(runJob(job(folder, { embedder })), /has an embedding of 9 numbers/);
});

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}
