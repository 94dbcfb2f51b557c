/** What goes wrong around an embedded index is told, and passes. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ClipError, type ErrorKind, KeyError } from "../../../src/errors.ts";
import type { IndexEngine, IndexShape } from "../../../src/index/engine.ts";
import { until } from "../../support/until.ts";
import { batchOf, CHILD_SHAPE } from "./batches.ts";
import { NEVER, newFolder, openFolder, SETTINGS } from "./opening.ts";

const IDS = { documents: false, maxBytes: 0 };
const CHILD = new URL("./writing_child.ts", import.meta.url).pathname;
const CRASHING_WORKER = new URL("./crashing_worker.ts", import.meta.url).href;
const FULL_DISK_WORKER = new URL("./full_disk_worker.ts", import.meta.url).href;

function fault(kind: ErrorKind, says: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ClipError, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, says);
    assert.doesNotMatch(error.message, /\n| at /);
    return true;
  };
}

async function documentsOf(engine: IndexEngine): Promise<number> {
  const { documents } = await engine.status(NEVER);
  const all = await engine.list({ ...IDS, limit: 100_000, offset: 0 }, NEVER);
  assert.equal(all.length, documents);
  return documents;
}

Deno.test("a second process is told which one has the index, and gets it when that has ended", async () => {
  const folder = newFolder();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", CHILD, folder, "0"],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  const inUse = fault("config", new RegExp(`in use by process ${child.pid}: end it`));
  await assert.rejects(openFolder(CHILD_SHAPE, folder), inUse);
  child.kill("SIGKILL");
  await reader.cancel();
  await child.status;
  const engine = await openFolder(CHILD_SHAPE, folder);
  const own = fault("config", /in use by another indexer of this server/);
  await assert.rejects(openFolder(CHILD_SHAPE, folder), own);
  await engine.close();
  await (await openFolder(CHILD_SHAPE, folder)).close();
});

for (
  const [key, shape, says] of [
    ["n_dim", { ...CHILD_SHAPE, dimensions: 9 }, /holds embeddings of 8 numbers, and 9 are/],
    ["metric", { ...CHILD_SHAPE, metric: "euclidean" }, /made for cosine, and euclidean is wanted/],
    ["columns", { ...CHILD_SHAPE, columns: { batch: "str" } }, /'batch' holds int, and str is/],
  ] as const satisfies [string, IndexShape, RegExp][]
) {
  Deno.test(`another shape is refused, naming ${key}`, async () => {
    const folder = newFolder();
    await (await openFolder(CHILD_SHAPE, folder)).close();
    await assert.rejects(openFolder(shape, folder), (error) => {
      assert.ok(error instanceof KeyError);
      assert.equal(error.key, key);
      return fault("config", says)(error);
    });
    await (await openFolder(CHILD_SHAPE, folder)).close();
  });
}

Deno.test("a full disk refuses writes, whole, and lets go on as soon as there is room", async () => {
  const folder = newFolder();
  const engine = await openFolder(CHILD_SHAPE, folder, { workerUrl: FULL_DISK_WORKER });
  try {
    await engine.put(batchOf(0), NEVER);
    await Deno.writeTextFile(join(folder, "full"), "");
    const full = fault("unavailable", /the disk of ".*" is full: make room/);
    // What pages have room for may still be written.
    let written = 1;
    const refused: number[] = [];
    for (let batch = 1; batch < 20; batch++) {
      await engine.put(batchOf(batch), NEVER).then(() => written++, (error) => {
        full(error);
        refused.push(batch);
      });
    }
    assert.ok(refused.length > 10);
    assert.equal(await documentsOf(engine), 100 * written);
    const together = await Promise.allSettled(
      refused.map((batch) => engine.put(batchOf(batch), NEVER)),
    );
    assert.ok(together.every(({ status }) => status === "rejected"));
    assert.equal(await documentsOf(engine), 100 * written);
    const queries = batchOf(0)[0]!.embedding;
    const [hits] = await engine.search({ ...IDS, queries, limit: 1 }, NEVER);
    assert.equal(hits![0]!.id, "0/0");
    await Deno.remove(join(folder, "full"));
    await engine.put(batchOf(refused[0]!), NEVER);
    assert.equal(await documentsOf(engine), 100 * (written + 1));
  } finally {
    await engine.close();
  }
});

Deno.test("a worker that dies fails what it was asked, and nothing that was answered is lost", async () => {
  const folder = newFolder();
  const engine = await openFolder(CHILD_SHAPE, folder, { workerUrl: CRASHING_WORKER });
  try {
    await engine.put(batchOf(0), NEVER);
    const queries = batchOf(0)[3]!.embedding;
    const died = fault("unavailable", /The index failed: .*It died in a test/);
    await Promise.all([
      assert.rejects(engine.search({ ...IDS, queries, limit: 1313 }, NEVER), died),
      assert.rejects(engine.status(NEVER), died),
    ]);
    const starting = fault("unavailable", /being opened anew: try again/);
    await assert.rejects(engine.put(batchOf(1), NEVER), starting);
    const found = await until(
      async () => {
        await new Promise((resolve) => setTimeout(resolve));
        return await engine.search({ ...IDS, queries, limit: 1 }, NEVER).catch(() => undefined);
      },
      (hits) => hits !== undefined,
    );
    assert.equal(found![0]![0]!.id, "0/3");
    await engine.put(batchOf(1), NEVER);
    assert.equal(await documentsOf(engine), 200);
  } finally {
    await engine.close();
  }
});

Deno.test("a damaged database is refused, with what to do", async () => {
  const folder = newFolder();
  await (await openFolder(CHILD_SHAPE, folder)).close();
  await Deno.writeTextFile(join(folder, "index.sqlite"), "no database ".repeat(5000));
  await assert.rejects(
    openFolder(CHILD_SHAPE, folder),
    fault("config", /index\.sqlite" is damaged\. Stop the server, put .*backups"/),
  );
});

Deno.test("an index of a newer version is refused", async () => {
  const folder = newFolder();
  await (await openFolder(CHILD_SHAPE, folder)).close();
  const path = join(folder, "index.sqlite");
  const bytes = await Deno.readFile(path);
  // The header's user version, https://www.sqlite.org/fileformat.html
  bytes[63] = 99;
  await Deno.writeFile(path, bytes);
  await assert.rejects(openFolder(CHILD_SHAPE, folder), fault("config", /newer clipline/));
});

Deno.test("a folder that cannot be made is refused, with the reason", async () => {
  const folder = newFolder();
  await Deno.writeTextFile(folder, "a file");
  await assert.rejects(
    openFolder(CHILD_SHAPE, join(folder, "index")),
    fault("config", /cannot write to its folder ".*": a part of the path is no folder/),
  );
});

Deno.test("a folder that is taken away refuses writes, and goes on when it is back", async () => {
  const folder = newFolder();
  const engine = await openFolder(CHILD_SHAPE, folder);
  try {
    await engine.put(batchOf(0), NEVER);
    await Deno.rename(folder, `${folder}.away`);
    await assert.rejects(
      engine.put(batchOf(1), NEVER),
      fault("unavailable", /is no longer there: put it back/),
    );
    await Deno.rename(`${folder}.away`, folder);
    await engine.put(batchOf(1), NEVER);
    assert.equal(await documentsOf(engine), 200);
  } finally {
    await engine.close();
  }
});

Deno.test("names of backups are no paths", async () => {
  const folder = newFolder();
  const engine = await openFolder(CHILD_SHAPE, folder);
  try {
    for (const name of ["../x", "", ".", "a/b", ".hidden", "x".repeat(65), "a\0b"]) {
      await assert.rejects(engine.backup(name, NEVER), fault("invalid", /cannot be called/));
      await assert.rejects(engine.restore(name, NEVER), fault("invalid", /cannot be called/));
    }
  } finally {
    await engine.close();
  }
});

Deno.test("a backup is kept whatever its name ends in", async () => {
  const folder = newFolder();
  const engine = await openFolder(CHILD_SHAPE, folder);
  await engine.put(batchOf(0), NEVER);
  const names = ["day", "day.old", "day.part", "other.old"];
  for (const name of names) await engine.backup(name, NEVER);
  await engine.backup("day", NEVER);
  await engine.close();
  const backups = join(folder, "backups");
  await (await openFolder(CHILD_SHAPE, folder)).close();
  assert.deepEqual([...Deno.readDirSync(backups)].map(({ name }) => name).sort(), names);
});

Deno.test("a backup of another shape is refused, and changes nothing", async () => {
  const [folder, other] = [newFolder(), newFolder()];
  const wide = await openFolder({ ...CHILD_SHAPE, dimensions: 9 }, other);
  await wide.backup("wide", NEVER);
  await wide.close();
  const engine = await openFolder(CHILD_SHAPE, folder);
  try {
    await engine.put(batchOf(0), NEVER);
    await engine.backup("own", NEVER);
    await Deno.rename(join(other, "backups", "wide"), join(folder, "backups", "wide"));
    await assert.rejects(
      engine.restore("wide", NEVER),
      fault("invalid", /'wide' cannot be restored: The index holds embeddings of 9 numbers/),
    );
    await Deno.writeTextFile(join(folder, "backups", "own", "index.sqlite"), "spoilt ".repeat(999));
    await assert.rejects(engine.restore("own", NEVER));
    assert.equal(await documentsOf(engine), 100);
    await engine.put(batchOf(1), NEVER);
  } finally {
    await engine.close();
  }
});

Deno.test("an opening that is given up lets go of the folder", async () => {
  const folder = newFolder();
  const controller = new AbortController();
  const opening = openFolder(CHILD_SHAPE, folder, { signal: controller.signal });
  controller.abort(new ClipError("unavailable", "Too slow"));
  await assert.rejects(opening, fault("unavailable", /Too slow/));
  await (await openFolder(CHILD_SHAPE, folder)).close();
});

Deno.test("too much at once is refused, and what was taken is done", async () => {
  const engine = await openFolder(CHILD_SHAPE, newFolder());
  try {
    const puts = await Promise.allSettled(
      Array.from({ length: 4200 }, (_, i) => engine.put(batchOf(i).slice(0, 1), NEVER)),
    );
    const refused = puts.filter(({ status }) => status === "rejected");
    assert.equal(refused.length, 4200 - 4096);
    for (const { reason } of refused as PromiseRejectedResult[]) {
      fault("overloaded", /Too much waits for the index/)(reason);
    }
    assert.equal(await documentsOf(engine), 4096);
  } finally {
    await engine.close();
  }
});

Deno.test("other settings of the graph are taken at the next opening", async () => {
  const folder = newFolder();
  const engine = await openFolder(CHILD_SHAPE, folder);
  for (let batch = 0; batch < 20; batch++) await engine.put(batchOf(batch), NEVER);
  await until(() => engine.status(NEVER), ({ pending }) => pending === 0);
  await engine.close();
  const settings = { ...SETTINGS, maxConnection: 8 };
  const other = await openFolder(CHILD_SHAPE, folder, { settings });
  try {
    // The graph is built anew.
    const { pending } = await until(() => other.status(NEVER), ({ pending }) => pending === 0);
    assert.equal(pending, 0);
    assert.equal(await documentsOf(other), 2000);
  } finally {
    await other.close();
  }
});
