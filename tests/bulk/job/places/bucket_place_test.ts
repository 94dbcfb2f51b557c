/** Jobs whose output goes to a bucket of a real S3 server. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { mergeShards } from "../../../../src/bulk/job/merge_shards.ts";
import type { OutputPlace } from "../../../../src/bulk/job/places/output_place.ts";
import { type JobOptions, runJob } from "../../../../src/bulk/job/run_job.ts";
import type { ClipError } from "../../../../src/errors.ts";
import { ObjectStores } from "../../../../src/storage/open_store.ts";
import { PATIENCE } from "../../../../src/storage/s3/connection.ts";
import { FaultyProxy } from "../../../support/faulty_proxy.ts";
import { S3Server } from "../../../support/s3_server.ts";
import { badOrTextRow } from "../killed_job.ts";
import { NumbersEmbedder } from "../numbers_embedder.ts";
import { placeOf } from "../place_of.ts";
import { filesOf } from "../read_output.ts";
import { rowsInput, textRow } from "../rows_input.ts";

const BUCKET = "jobs";
const ROWS = 100;

/** A server, and a folder of this machine. */
interface Ground {
  server: S3Server;
  folder: string;
  /** A place in the bucket, as a machine of that name has it. */
  place(prefix: string, machine: string): Promise<OutputPlace>;
  /** The objects below a prefix, by their paths. */
  objects(prefix: string): Promise<Map<string, Uint8Array>>;
}

function onServer(name: string, work: (ground: Ground) => Promise<void>): void {
  Deno.test(name, async () => {
    await using server = await S3Server.start(BUCKET);
    const folder = await Deno.makeTempDir();
    try {
      await work({
        server,
        folder,
        place: (prefix, machine) =>
          placeOf(`s3://${BUCKET}/${prefix}`, join(folder, machine), server.environment()),
        objects: (prefix) => filesOf(join(server.folderOf(BUCKET), prefix)),
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

function job(out: OutputPlace, options: Partial<JobOptions> = {}): JobOptions {
  return {
    input: rowsInput(ROWS, badOrTextRow),
    embedder: new NumbersEmbedder(),
    out,
    format: "npy",
    rowsPerFile: 30,
    ...options,
  };
}

/** The files of the same job in a folder. */
async function inFolder(folder: string, options: Partial<JobOptions> = {}) {
  await runJob(job(await placeOf(folder, ""), options));
  return await filesOf(folder);
}

function assertSameFiles(
  written: ReadonlyMap<string, Uint8Array>,
  expected: ReadonlyMap<string, Uint8Array>,
): void {
  assert.deepEqual([...written.keys()].sort(), [...expected.keys()].sort());
  for (const [path, bytes] of expected) assert.deepEqual(written.get(path), bytes, path);
}

async function isEmpty(folder: string): Promise<boolean> {
  return (await Array.fromAsync(Deno.readDir(folder))).length === 0;
}

onServer(
  "what a job writes to a bucket is what it writes to a folder, in all formats",
  async (ground) => {
    for (const format of ["npy", "jsonl", "parquet", "clip-retrieval"] as const) {
      const summary = await runJob(job(await ground.place(format, "work"), { format }));
      assert.equal(summary.folder, `s3://jobs/${format}`);
      assert.equal(summary.errorsFile, `s3://jobs/${format}/errors.jsonl`);
      assert.match(summary.files[0]!, /^s3:\/\/jobs\/.+_0\.\w+$/);
      const expected = await inFolder(join(ground.folder, format), { format });
      assertSameFiles(await ground.objects(format), expected);
      assert.ok(await isEmpty(join(ground.folder, "work")), "nothing is left on this machine");
    }
  },
);

onServer(
  "a job in a bucket that is done is not done again, and is nobody else's",
  async (ground) => {
    await runJob(job(await ground.place("out", "one")));
    const embedder = new NumbersEmbedder();
    const again = await runJob(job(await ground.place("out", "two"), { embedder }));
    assert.ok(again.alreadyDone);
    assert.equal(embedder.calls, 0);
    const refused = async (place: OutputPlace, message: RegExp) =>
      await assert.rejects(runJob(job(place, { normalize: true })), (error: ClipError) => {
        assert.equal(error.kind, "config");
        assert.match(error.message, message);
        return true;
      });
    await refused(
      await ground.place("out", "two"),
      /"s3:\/\/jobs\/out" is another job's: normalize/,
    );
    await Deno.writeTextFile(join(ground.server.folderOf(BUCKET), "notes.txt"), "mine");
    await refused(await ground.place("", "two"), /"s3:\/\/jobs" is not empty/);
    const other = { normalize: true, format: "jsonl" } as const;
    await runJob(job(await ground.place("out", "two"), { ...other, overwrite: true }));
    assertSameFiles(
      await ground.objects("out"),
      await inFolder(join(ground.folder, "overwritten"), other),
    );
  },
);

/** Runs the job until some rows are in its third part, and interrupts it. */
async function interrupted(ground: Ground, options: Partial<JobOptions> = {}) {
  const embedder = new NumbersEmbedder();
  const interruption = new AbortController();
  embedder.before = () => {
    if (embedder.seen.length >= 60) interruption.abort();
  };
  const { signal } = interruption;
  const out = await ground.place("out", "here");
  const first = await runJob(job(out, { embedder, signal, ...options }));
  assert.ok(first.interrupted);
  assert.ok(first.rows > 67, `${first.rows}: two parts, and some of the third`);
  return first;
}

for (const format of ["npy", "clip-retrieval"] as const) {
  onServer(`an interrupted job goes on at the very row, here and elsewhere: ${format}`, async (
    ground,
  ) => {
    const first = await interrupted(ground, { format });
    // A copy of what is in the bucket, for the machine that has nothing.
    for (const path of ["", "unfinished/"]) {
      const left = await ground.objects(`out/${path}`);
      if (path !== "") assert.deepEqual([...left.keys()].sort(), ["matrix_0.part", "rows.part"]);
      for (const [name, bytes] of left) await writeObject(ground, `copy/${path}${name}`, bytes);
    }
    const here = await runJob(job(await ground.place("out", "here"), { format }));
    assert.equal(here.resumedAt, first.rows);
    const elsewhere = await runJob(job(await ground.place("copy", "elsewhere"), { format }));
    assert.equal(elsewhere.resumedAt, first.rows);
    const expected = await inFolder(join(ground.folder, "undisturbed"), { format });
    assertSameFiles(await ground.objects("out"), expected);
    assertSameFiles(await ground.objects("copy"), expected);
    for (const prefix of ["out", "copy"]) {
      await assert.rejects(ground.objects(`${prefix}/unfinished`), Deno.errors.NotFound);
    }
  });
}

onServer("a machine that is lost costs the part being written, and no more", async (ground) => {
  await interrupted(ground);
  const left = await ground.objects("out");
  const state = JSON.parse(new TextDecoder().decode(left.get("state.json")!));
  const atPart = { ...state.state, rows: 67, embedded: 60, failed: 7, lastKey: "t.txt:66" };
  // As it was when the second part was kept: what came later went with the machine.
  atPart.position = { ...atPart.position, rows: 0, rowsBytes: 0 };
  atPart.errorsBytes = new TextDecoder().decode(left.get("errors.jsonl")!).split("\n").slice(0, 7)
    .join("\n").length + 1;
  const { spool: _, ...lost } = { ...state, state: atPart };
  await writeObject(ground, "out/state.json", new TextEncoder().encode(JSON.stringify(lost)));
  const again = await runJob(job(await ground.place("out", "elsewhere")));
  assert.equal(again.resumedAt, 67);
  assertSameFiles(await ground.objects("out"), await inFolder(join(ground.folder, "undisturbed")));
});

onServer("a job that fails is gone on with at the very row too, elsewhere", async (ground) => {
  const embedder = new NumbersEmbedder();
  embedder.before = () => {
    if (embedder.seen.length >= 80) throw new Error("the servers are gone");
  };
  await assert.rejects(runJob(job(await ground.place("out", "here"), { embedder })), /are gone/);
  const again = await runJob(job(await ground.place("out", "elsewhere")));
  assert.ok(again.resumedAt > 67, `${again.resumedAt}: two parts, and some of the third`);
  assertSameFiles(await ground.objects("out"), await inFolder(join(ground.folder, "undisturbed")));
});

onServer("what an interrupted job left is overwritten by another", async (ground) => {
  await interrupted(ground);
  const other = { normalize: true, overwrite: true };
  await runJob(job(await ground.place("out", "elsewhere"), other));
  assertSameFiles(await ground.objects("out"), await inFolder(join(ground.folder, "other"), other));
});

onServer("uploads of a process that died are taken away by who goes on", async (ground) => {
  await interrupted(ground);
  const { server } = ground;
  for (const path of ["out/embeddings_2.npy", "other/embeddings_0.npy"]) {
    assert.equal((await server.ask("POST", `/${BUCKET}/${path}?uploads=`)).status, 200);
  }
  await runJob(job(await ground.place("out", "elsewhere")));
  const { text } = await server.ask("GET", `/${BUCKET}?uploads=`);
  assert.doesNotMatch(text, /<Key>out/);
  assert.match(text, /<Key>other/, "another job's may be under way");
});

onServer("a process whose upload is taken away is told who has the job", async (ground) => {
  await using proxy = await FaultyProxy.to(ground.server.port);
  const environment = ground.server.environment({ AWS_ENDPOINT_URL: proxy.url });
  const patience = { ...PATIENCE, tries: 2 };
  const out = await placeOf("s3://jobs/out", join(ground.folder, "one"), environment, patience);
  const second = await ground.place("out", "two");
  // Parts of 19 MB.
  const large = (out: OutputPlace) =>
    job(out, {
      input: rowsInput(20, badOrTextRow),
      rowsPerFile: 16,
      embedder: new NumbersEmbedder(300_000),
    });
  let taken: Promise<unknown> | undefined;
  proxy.fault = async ({ path }) => {
    if (path.includes("partNumber=2")) {
      await (taken ??= runJob({ ...large(second), signal: AbortSignal.abort() }));
    }
    return undefined;
  };
  await assert.rejects(runJob(large(out)), {
    kind: "backend",
    message: /Another process has gone on with the job/,
  });
  assert.ok(taken !== undefined);
});

onServer(
  "a part has fewer rows in a bucket than in a folder, unless it is said",
  async (ground) => {
    const { rowsPerFile: _, ...usual } = job(await ground.place("out", "work"));
    await runJob(usual);
    const { rows_per_file } = JSON.parse(
      new TextDecoder().decode((await ground.objects("out")).get("job.json")!),
    );
    assert.equal(rows_per_file, 100_000);
  },
);

async function writeObject({ server }: Ground, path: string, bytes: Uint8Array): Promise<void> {
  const stores = await ObjectStores.open({ environment: server.environment() });
  await stores.bucket(BUCKET).write(path, new Uint8Array(bytes));
}

onServer("of two processes with one job the first notices the second, and ends", async (ground) => {
  const first = new NumbersEmbedder();
  const held = Promise.withResolvers<void>();
  const waits = Promise.withResolvers<void>();
  first.before = async () => {
    if (first.seen.length < 60) return;
    waits.resolve();
    await held.promise;
  };
  const lost = assert.rejects(
    runJob(job(await ground.place("out", "one"), { embedder: first })),
    (error: ClipError) => {
      assert.equal(error.kind, "backend");
      assert.match(error.message, /Another process has gone on with the job in "s3:\/\/jobs\/out"/);
      return true;
    },
  );
  await waits.promise;
  const second = new NumbersEmbedder();
  const begun = Promise.withResolvers<void>();
  second.before = () => begun.resolve();
  const summary = runJob(job(await ground.place("out", "two"), { embedder: second }));
  await begun.promise;
  held.resolve();
  await lost;
  assert.equal((await summary).embedded, 90);
  assertSameFiles(await ground.objects("out"), await inFolder(join(ground.folder, "undisturbed")));
});

onServer("an answer that is lost is not taken for another process", async (ground) => {
  await using proxy = await FaultyProxy.to(ground.server.port);
  const lost = new Set<string>();
  proxy.fault = ({ method, path }) => {
    // Every object once, the state with each part.
    const key = path.includes("state.json") ? `${path} ${proxy.seen.length}` : path;
    if (method !== "PUT" || lost.has(key)) return undefined;
    lost.add(key);
    return lost.size % 2 === 0 ? "lost" : undefined;
  };
  const environment = ground.server.environment({ AWS_ENDPOINT_URL: proxy.url });
  await runJob(job(await placeOf(`s3://${BUCKET}/out`, join(ground.folder, "work"), environment)));
  assert.ok(lost.size > 10, `${lost.size}`);
  assertSameFiles(await ground.objects("out"), await inFolder(join(ground.folder, "undisturbed")));
});

onServer(
  "a job that another machine finishes while this one begins stays finished",
  async (ground) => {
    const late = await ground.place("out", "b");
    const begin = late.begin.bind(late);
    late.begin = async (file) => {
      await runJob(job(await ground.place("out", "a")));
      return await begin(file);
    };
    await assert.rejects(runJob(job(late)), {
      kind: "backend",
      message: /^Another process has gone on with the job in "s3:\/\/jobs\/out"/,
    });
    assertSameFiles(
      await ground.objects("out"),
      await inFolder(join(ground.folder, "undisturbed")),
    );
    const again = await runJob(job(await ground.place("out", "b")));
    assert.equal(again.resumedAt, ROWS);
  },
);

onServer(
  "shards in a bucket are merged into a bucket as folders are into a folder",
  async (ground) => {
    const shard = (index: number): Partial<JobOptions> => ({
      input: {
        ...rowsInput(ROWS / 2, (i) => badOrTextRow((index - 1) * ROWS / 2 + i)),
        fingerprint: "all",
      },
      format: "parquet",
      shard: { index, count: 2 },
    });
    const folders: OutputPlace[] = [];
    for (const index of [1, 2]) {
      await runJob(job(await ground.place(`shards/${index}`, "work"), shard(index)));
      const folder = await placeOf(join(ground.folder, `shard-${index}`), "");
      await runJob(job(folder, shard(index)));
      folders.push(folder);
    }
    const shards = [await ground.place("shards", "work")];
    const out = await ground.place("whole", "work");
    const summary = await mergeShards({ shards, out });
    assert.equal(summary.embedded, 90);
    await mergeShards({ shards: folders, out: await placeOf(join(ground.folder, "whole"), "") });
    assertSameFiles(await ground.objects("whole"), await filesOf(join(ground.folder, "whole")));
    assert.ok(await isEmpty(join(ground.folder, "work")), "nothing is left on this machine");
  },
);

onServer("shards in a bucket are read many at a time, with few requests each", async (ground) => {
  const COUNT = 40;
  const shard = (index: number, key = `${index}`) => {
    const input = { ...rowsInput(1, () => textRow("a text", key)), fingerprint: "all" };
    return { input, shard: { index, count: COUNT } };
  };
  for (let index = 1; index <= COUNT; index++) {
    await runJob(job(await ground.place(`shards/${index}`, "work"), shard(index)));
  }
  await using proxy = await FaultyProxy.to(ground.server.port);
  const environment = ground.server.environment({ AWS_ENDPOINT_URL: proxy.url });
  const work = join(ground.folder, "merging");
  const shards = [await placeOf(`s3://${BUCKET}/shards`, work, environment)];
  const out = () => placeOf(join(ground.folder, "whole"), "");
  let waiting = 0;
  const many = Promise.withResolvers<void>();
  const bound = setTimeout(() => many.reject(new Error(`${waiting} at a time`)), 20_000);
  proxy.fault = async ({ path }) => {
    if (!path.includes("ids_0.jsonl")) return undefined;
    if (++waiting === 8) many.resolve();
    await many.promise;
    return undefined;
  };
  assert.equal((await mergeShards({ shards, out: await out() })).embedded, COUNT);
  clearTimeout(bound);
  // A job each, its ids twice, its embeddings; the list; and that there is no job above them.
  assert.equal(proxy.seen.length, 4 * COUNT + 2);
  assert.ok(await isEmpty(work), "nothing is left on this machine");

  const lost = await ground.place("shards/7", "work");
  await runJob(job(lost, { ...shard(7, "6"), overwrite: true }));
  await assert.rejects(async () => mergeShards({ shards, out: await out(), overwrite: true }), {
    kind: "invalid",
    message: 'The row "6" is there twice in the shards',
  });
  await Deno.remove(join(ground.server.folderOf(BUCKET), "shards/7/ids_0.jsonl"));
  await assert.rejects(async () => mergeShards({ shards, out: await out(), overwrite: true }), {
    kind: "invalid",
    message: `"s3://${BUCKET}/shards/7/ids_0.jsonl" is not there`,
  });
  assert.ok(await isEmpty(work), "nothing is left on this machine");
});

onServer(
  "a store that counts what was removed as there is told, and not asked for ever",
  async (ground) => {
    await using proxy = await FaultyProxy.to(ground.server.port);
    const environment = ground.server.environment({ AWS_ENDPOINT_URL: proxy.url });
    const out = await placeOf(`s3://${BUCKET}/out`, join(ground.folder, "work"), environment);
    const refused = { answer: 412, body: "<Error><Code>PreconditionFailed</Code></Error>" };
    for (const name of ["job.json", "embeddings_0.npy"]) {
      proxy.fault = ({ method, path, headers }) =>
        method === "PUT" && path.endsWith(name) && headers["if-none-match"] === "*"
          ? refused
          : undefined;
      await assert.rejects(runJob(job(out)), {
        kind: "backend",
        message: new RegExp(
          `^Cannot write "s3://${BUCKET}/out/${name}": .* some count what was removed`,
        ),
      });
    }
  },
);
