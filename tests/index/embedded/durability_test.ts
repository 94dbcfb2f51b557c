/** What was answered is there, whatever ends the process or spoils a file. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { IndexEngine } from "../../../src/index/engine.ts";
import { until } from "../../support/until.ts";
import { BATCH, batchOf, CHILD_SHAPE } from "./batches.ts";
import { NEVER, newFolder, openFolder } from "./opening.ts";

const CHILD = new URL("./writing_child.ts", import.meta.url).pathname;
const WHOLE = { documents: true, maxBytes: 1 << 30 };

/** What a process says at least before it is killed, however slow it is. */
const LEAST_LINES = 8;

/** Lets a process write for a while, and kills it. @returns what it said. */
async function writeAndKill(folder: string, first: number, ms: number): Promise<string[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", CHILD, folder, String(first)],
    stdout: "piped",
  }).spawn();
  const lines: string[] = [];
  let rest = "";
  let killing = false;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    lines.push(...parts);
    if (killing || lines.length < LEAST_LINES) continue;
    setTimeout(() => child.kill("SIGKILL"), ms);
    killing = true;
  }
  await child.status;
  return lines;
}

async function idsOf(engine: IndexEngine, batch: number): Promise<number> {
  const filter = { kind: "eq", column: "batch", value: batch } as const;
  const request = { documents: false, maxBytes: 0, filter, limit: 10 * BATCH, offset: 0 };
  return (await engine.list(request, NEVER)).length;
}

async function assertFound(engine: IndexEngine, batch: number): Promise<void> {
  const entries = batchOf(batch);
  const stored = await engine.get(entries.map(({ id }) => id), WHOLE, NEVER);
  for (const [i, { id, embedding, document }] of entries.entries()) {
    assert.deepEqual(stored[i], { id, embedding, document });
  }
  const queries = Float32Array.from(entries.slice(0, 5).flatMap(({ embedding }) => [...embedding]));
  const hits = await engine.search({ queries, limit: 1, documents: false, maxBytes: 0 }, NEVER);
  assert.deepEqual(hits.map(([hit]) => hit!.id), entries.slice(0, 5).map(({ id }) => id));
}

Deno.test("what was answered survives kill -9 at any moment, and nothing is half there", async () => {
  const folder = newFolder();
  const put = new Set<number>();
  const gone = new Set<number>();
  const unknown = new Set<number>();
  let first = 0;
  for (let round = 0; round < 6; round++) {
    const lines = await writeAndKill(folder, first, 20 + 380 * Math.random() * round);
    for (const line of lines) {
      const [what, number] = line.split(" ") as [string, string];
      const batch = Number(number);
      first = Math.max(first, batch + 10);
      if (what === "put") put.add(batch);
      else if (what === "deleting") unknown.add(batch);
      else gone.add(batch);
    }
    const engine = await openFolder(CHILD_SHAPE, folder);
    try {
      let count = 0;
      for (let batch = 0; batch < first; batch++) {
        const there = await idsOf(engine, batch);
        count += there;
        assert.ok(there === 0 || there === BATCH, `batch ${batch} has ${there} documents`);
        if (gone.has(batch)) assert.equal(there, 0, `batch ${batch} is there again`);
        else if (put.has(batch) && !unknown.has(batch)) {
          assert.equal(there, BATCH, `batch ${batch} is lost`);
        }
        if (there > 0 && batch % 7 === 0) await assertFound(engine, batch);
      }
      assert.equal((await engine.status(NEVER)).documents, count);
    } finally {
      await engine.close();
    }
  }
  assert.ok(put.size > 20, `${put.size} batches`);
});

/** An index with a snapshot. */
async function withSnapshot(folder: string): Promise<void> {
  const engine = await openFolder(CHILD_SHAPE, folder);
  for (let batch = 0; batch < 30; batch++) await engine.put(batchOf(batch), NEVER);
  await until(() => engine.status(NEVER), ({ pending }) => pending === 0);
  await engine.close();
}

function snapshotFiles(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => /^(graph|codes)-/.test(name)).sort();
}

Deno.test("an index opens from its snapshot, and takes in what was written and removed since", async () => {
  const folder = newFolder();
  await withSnapshot(folder);
  const files = snapshotFiles(folder);
  assert.equal(files.length, 2);
  let engine = await openFolder(CHILD_SHAPE, folder);
  assert.deepEqual(await engine.status(NEVER), { documents: 3000, pending: 0 });
  await engine.put([...batchOf(30), { ...batchOf(7)[0]!, id: "1/0" }], NEVER);
  await engine.delete(batchOf(2).map(({ id }) => id), NEVER);
  await engine.close();
  // Too little is new for another.
  assert.deepEqual(snapshotFiles(folder), files);
  engine = await openFolder(CHILD_SHAPE, folder);
  try {
    assert.equal((await engine.status(NEVER)).documents, 3000);
    assert.equal(await idsOf(engine, 2), 0);
    await assertFound(engine, 30);
    const queries = batchOf(2)[3]!.embedding;
    const [hits] = await engine.search({ ...WHOLE, queries, limit: 10 }, NEVER);
    assert.ok(hits!.every(({ id }) => !id.startsWith("2/")));
    const again = batchOf(7)[0]!.embedding;
    const [both] = await engine.search({ ...WHOLE, queries: again, limit: 2 }, NEVER);
    assert.deepEqual(both!.map(({ id, distance }) => [id, distance < 1e-12]), [
      ["1/0", true],
      ["7/0", true],
    ]);
  } finally {
    await engine.close();
  }
});

const SPOILT: Record<string, (path: string) => void> = {
  "a bit of it is another": (path) => {
    const bytes = Deno.readFileSync(path);
    bytes[bytes.length >> 1]! ^= 4;
    Deno.writeFileSync(path, bytes);
  },
  "it is cut off": (path) => Deno.truncateSync(path, Deno.statSync(path).size - 1),
  "it is empty": (path) => Deno.truncateSync(path, 0),
  "it is gone": (path) => Deno.removeSync(path),
  "it is another file": (path) => Deno.writeTextFileSync(path, "hello ".repeat(20_000)),
  "it is a folder": (path) => {
    Deno.removeSync(path);
    Deno.mkdirSync(path);
  },
};

for (const [what, spoil] of Object.entries(SPOILT)) {
  Deno.test(`a file of the snapshot does no harm: ${what}`, async () => {
    for (const prefix of ["graph", "codes"]) {
      const folder = newFolder();
      await withSnapshot(folder);
      spoil(join(folder, snapshotFiles(folder).find((name) => name.startsWith(prefix))!));
      const engine = await openFolder(CHILD_SHAPE, folder);
      try {
        assert.equal((await engine.status(NEVER)).documents, 3000);
        for (const batch of [0, 13, 29]) await assertFound(engine, batch);
        await until(() => engine.status(NEVER), ({ pending }) => pending === 0);
        for (const batch of [0, 13, 29]) await assertFound(engine, batch);
      } finally {
        await engine.close();
      }
      assert.equal(snapshotFiles(folder).length, 2, "the spoilt one is replaced");
    }
  });
}

Deno.test("files that a start or a snapshot left behind are removed", async () => {
  const folder = newFolder();
  await withSnapshot(folder);
  const files = snapshotFiles(folder);
  for (const name of ["graph-0123abcd.usearch.part", "codes-0123abcd.bin", "graph-ff.usearch"]) {
    Deno.writeTextFileSync(join(folder, name), "left over");
  }
  for (const name of [".part-left", ".old-kept"]) {
    Deno.mkdirSync(join(folder, "backups", name), { recursive: true });
  }
  await (await openFolder(CHILD_SHAPE, folder)).close();
  assert.deepEqual(snapshotFiles(folder), files);
  // A backup that was to be replaced, and whose successor never came.
  const backups = [...Deno.readDirSync(join(folder, "backups"))].map(({ name }) => name);
  assert.deepEqual(backups, ["kept"]);
});
