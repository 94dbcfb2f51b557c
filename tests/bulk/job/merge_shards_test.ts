import assert from "node:assert/strict";
import { join } from "node:path";
import { type MergeOptions, mergeShards } from "../../../src/bulk/job/merge_shards.ts";
import { FolderPlace } from "../../../src/bulk/job/places/folder_place.ts";
import { repeatedKey } from "../../../src/bulk/job/repeated_keys.ts";
import { type JobOptions, runJob } from "../../../src/bulk/job/run_job.ts";
import type { ClipError } from "../../../src/errors.ts";
import { assertEveryRowOnce, badOrTextRow } from "./killed_job.ts";
import { NumbersEmbedder } from "./numbers_embedder.ts";
import { readJsonLines, readNpyFolder } from "./read_output.ts";
import { rowsInput } from "./rows_input.ts";

const COUNT = 3;
const ROWS = 100;

/** Runs one shard: a third of the rows. */
async function runShard(folder: string, index: number, options: Partial<JobOptions> = {}) {
  const from = Math.floor((index - 1) * ROWS / COUNT);
  const to = Math.floor(index * ROWS / COUNT);
  await runJob({
    input: { ...rowsInput(to - from, (i) => badOrTextRow(from + i)), fingerprint: "all rows" },
    embedder: new NumbersEmbedder(),
    out: new FolderPlace(folder),
    format: "npy",
    rowsPerFile: 25,
    shard: { index, count: COUNT },
    ...options,
  });
}

/** Runs with the folders of three shards, and one that is not there yet. */
function withShards(
  name: string,
  work: (folders: string[], out: string) => Promise<void>,
): void {
  Deno.test(name, async () => {
    const parent = await Deno.makeTempDir();
    try {
      const folders = [1, 2, 3].map((index) => join(parent, `shard-${index}`));
      for (const [i, folder] of folders.entries()) await runShard(folder, i + 1);
      await work(folders, join(parent, "out"));
    } finally {
      await Deno.remove(parent, { recursive: true });
    }
  });
}

function merge(folders: readonly string[], out: string, options: Partial<MergeOptions> = {}) {
  const shards = folders.map((folder) => new FolderPlace(folder));
  return mergeShards({ shards, out: new FolderPlace(out), ...options });
}

async function assertRefused(
  folders: readonly string[],
  out: string,
  kind: ClipError["kind"],
  message: RegExp,
): Promise<void> {
  await assert.rejects(merge(folders, out), (error: ClipError) => {
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, message);
    return true;
  });
}

withShards(
  "mergeShards() joins rows and errors in the order of the shards",
  async (folders, out) => {
    const summary = await merge(folders.toReversed(), out);
    assert.equal(summary.rows, ROWS);
    assert.equal(summary.failed, 10);
    assert.equal(summary.files.length, 8);
    await assertEveryRowOnce(out, ROWS, await readNpyFolder(out));
    assert.equal((await readJsonLines(summary.errorsFile!)).length, 10);
    const again = await merge(folders, out);
    assert.equal(again.alreadyDone, true);
  },
);

withShards("mergeShards() wants all shards of one job, finished", async (folders, out) => {
  const [one, two, three] = folders as [string, string, string];
  await assertRefused([one, three], out, "config", /Missing of 3 shards: 2$/);
  await runShard(`${one}-of-many`, 1, { shard: { index: 1, count: 50_000 } });
  await assertRefused([`${one}-of-many`], out, "config", /: 2, 3, .*, 21 and 49979 others$/);
  await assertRefused([one, two, two], out, "config", /are both shard 2\/3/);
  await assertRefused([one, two, out], out, "config", /is no job's/);
  await runShard(`${three}-of-four`, 3, { shard: { index: 3, count: 4 } });
  await assertRefused([one, two, `${three}-of-four`], out, "config", /is one of 4 shards/);
  await runShard(`${three}-normal`, 3, { normalize: true });
  await assertRefused(
    [one, two, `${three}-normal`],
    out,
    "config",
    /normalize was false and is true now/,
  );
  const aborted = AbortSignal.abort();
  await runShard(`${three}-half`, 3, { signal: aborted });
  await assertRefused([one, two, `${three}-half`], out, "config", /\(shard 3\/3\) is not finished/);
});

withShards("mergeShards() finds rows that are missing, or there twice", async (folders, out) => {
  const [one, two, three] = folders as [string, string, string];
  for (const name of ["embeddings_1.npy", "ids_1.jsonl"]) {
    await Deno.copyFile(join(one, name), join(three, name));
  }
  await assertRefused(folders, out, "invalid", /The row "t\.txt:\d+" is there twice/);
  await Deno.writeTextFile(join(three, "ids_1.jsonl"), "");
  await assertRefused(folders, out, "invalid", /has 25 rows, and its job wrote 31/);
  await runShard(three, 3, { overwrite: true });
  await Deno.truncate(join(two, "embeddings_0.npy"), 500);
  await assertRefused(folders, out, "invalid", /embeddings_0\.npy" is not what its job wrote/);
  await Deno.remove(join(two, "embeddings_0.npy"));
  await assertRefused(folders, out, "invalid", /Cannot read part 0 in .*: it is not there/);
});

withShards(
  "mergeShards() does not remove the same job that runs as a whole",
  async (folders, out) => {
    const whole = {
      input: { ...rowsInput(ROWS, badOrTextRow), fingerprint: "all rows" },
      embedder: new NumbersEmbedder(),
      out: new FolderPlace(out),
      format: "npy" as const,
      rowsPerFile: 25,
    };
    const interruption = new AbortController();
    whole.embedder.before = () => interruption.abort();
    await runJob({ ...whole, signal: interruption.signal });
    await assertRefused(folders, out, "config", /has the same job half done/);
    assert.equal((await runJob(whole)).resumedAt, 17);
  },
);

withShards("mergeShards() that was interrupted begins anew", async (folders, out) => {
  const interruption = new AbortController();
  const progress = {
    begin: () => ({ update: () => interruption.abort(), end() {} }),
  };
  await assert.rejects(
    merge(folders, out, { progress, signal: interruption.signal }),
    /The merge was interrupted/,
  );
  await merge(folders, out);
  await assertEveryRowOnce(out, ROWS, await readNpyFolder(out));
});

Deno.test("repeatedKey() finds one key among many that comes twice", async () => {
  const many = Array.from({ length: 300_000 }, (_, i) => `photos/${i}.jpg`);
  async function* keys(more: string[]) {
    yield many;
    yield more;
  }
  assert.equal(await repeatedKey(() => keys(["photos/300000.jpg"])), undefined);
  assert.equal(await repeatedKey(() => keys(["photos/123.jpg"])), "photos/123.jpg");
});
