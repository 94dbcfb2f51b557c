/** Several servers with one table, and the graph that they keep together. */
import assert from "node:assert/strict";
// @ts-types="@types/pg"
import pg from "pg";
import type { IndexEngine, IndexEntry, IndexShape } from "../../../src/index/engine.ts";
import { openPostgresIndex } from "../../../src/index/postgres/open.ts";
import { LogLines } from "../../support/log_lines.ts";
import { PostgresServer } from "../../support/postgres.ts";
import { until } from "../../support/until.ts";
import { Clusters, entry, joined, nearest, recall } from "../contract/entries.ts";
import { IDS, NEVER } from "../contract/opening.ts";
import { options, SHAPE } from "./options.ts";

const server = await PostgresServer.start();
Deno.test.afterAll(() => server[Symbol.asyncDispose]());

const WIDE: IndexShape = { dimensions: 16, metric: "cosine", columns: { n: "int" } };

function open(table: string, shape: IndexShape = SHAPE): Promise<IndexEngine> {
  return openPostgresIndex({ ...options(server.url(), table), shape });
}

async function ids(engine: IndexEngine): Promise<string[]> {
  const found = await engine.list({ ...IDS, limit: 1_000_000, offset: 0 }, NEVER);
  return found.map(({ id }) => id);
}

async function closeAll(engines: readonly IndexEngine[]): Promise<void> {
  await Promise.all(engines.map((engine) => engine.close()));
}

/** Whether there is a graph that PostgreSQL takes. */
async function hasGraph(table: string): Promise<boolean> {
  const [row] = await server.query<{ valid: boolean | null }>(
    `select (select indisvalid from pg_index where indexrelid = to_regclass('${table}__graph'))
      as valid`,
  );
  return row!.valid === true;
}

/** A transaction that has looked at the data: what it saw is waited for, before a graph is valid. */
async function startTransaction(client: pg.Client): Promise<void> {
  await client.query("begin isolation level repeatable read");
  await client.query("select 1");
}

function inGraph(engine: IndexEngine): Promise<unknown> {
  return until(() => engine.status(NEVER), ({ pending }) => pending === 0);
}

/** Half of the documents in their order, with what they are called. */
function documents(seed: number, count: number): IndexEntry[] {
  return new Clusters(seed, 20, 16).many(count)
    .map((embedding, i) => entry(`${seed}/${i}`, embedding, { n: i % 7 }));
}

Deno.test("eight servers that start at once make one table", async () => {
  const shape: IndexShape = { ...SHAPE, columns: { n: "int", "größe": "str" } };
  const engines = await Promise.all(Array.from({ length: 8 }, () => open("fresh.eight", shape)));
  try {
    await Promise.all(engines.map((engine, i) => {
      return engine.put([entry(`d${i}`, [1, i], { n: i, "größe": "x" })], NEVER);
    }));
    for (const engine of engines) assert.equal((await engine.status(NEVER)).documents, 8);
  } finally {
    await closeAll(engines);
  }
});

Deno.test("what one server writes all others find, clear and restore too", async () => {
  const [one, two] = [await open("both"), await open("both")];
  try {
    await one.put([entry("a", [1, 0]), entry("b", [0, 1])], NEVER);
    assert.deepEqual(await ids(two), ["a", "b"]);
    await two.put([entry("a", [1, 1])], NEVER);
    assert.deepEqual(await ids(one), ["b", "a"]);
    await two.backup("copy", NEVER);
    await one.clear(NEVER);
    assert.deepEqual(await ids(two), []);
    await two.put([entry("c", [1, 1])], NEVER);
    await one.restore("copy", NEVER);
    assert.deepEqual(await ids(two), ["b", "a"]);
    assert.deepEqual(await two.delete(["b"], NEVER), []);
    assert.deepEqual(await one.delete(["b"], NEVER), ["b"]);
  } finally {
    await closeAll([one, two]);
  }
});

Deno.test("backups that several servers make at once are all made", async () => {
  const engines = await Promise.all(Array.from({ length: 4 }, () => open("at_once")));
  try {
    await engines[0]!.put([entry("a", [1, 0])], NEVER);
    await Promise.all(engines.map((engine) => engine.backup("copy", NEVER)));
    await engines[0]!.clear(NEVER);
    await engines[1]!.restore("copy", NEVER);
    assert.deepEqual(await ids(engines[2]!), ["a"]);
  } finally {
    await closeAll(engines);
  }
});

Deno.test("all is removed at once, also while a graph of it is being built", async () => {
  const before = new pg.Client(server.url());
  await before.connect();
  const engine = await openPostgresIndex({ ...options(server.url(), "building"), graphFrom: 10 });
  try {
    await startTransaction(before);
    await engine.put(Array.from({ length: 20 }, (_, i) => entry(`d${i}`, [1, i])), NEVER);
    await until(
      () => server.query("select from pg_stat_progress_create_index"),
      ({ length }) => length === 1,
    );
    await engine.clear(NEVER);
    await engine.put([entry("new", [1, 0])], NEVER);
    assert.deepEqual(await ids(engine), ["new"]);
  } finally {
    await before.end();
    await engine.close();
  }
});

Deno.test("another process shares the table", async () => {
  const engine = await open("processes");
  try {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", new URL("./writer.ts", import.meta.url).pathname],
      env: { DATABASE_URL: server.url(), NO_COLOR: "1" },
      stderr: "inherit",
      stdout: "null",
    }).spawn();
    for (let i = 0; i < 50; i++) {
      await engine.put([entry("shared", [1, i]), entry(`here${i}`, [i, 1])], NEVER);
    }
    assert.equal((await child.status).code, 0);
    const found = await ids(engine);
    assert.equal(found.length, 101);
    assert.equal(new Set(found).size, 101);
  } finally {
    await engine.close();
  }
});

Deno.test("a server that knows a column more leaves those that do not alone", async () => {
  const old = await open("columns", { ...SHAPE, columns: { n: "int" } });
  const knows: IndexShape = { ...SHAPE, columns: { n: "int", brand: "str" } };
  const young = await open("columns", knows);
  try {
    await young.put([entry("a", [1, 0], { n: 1, brand: "acme" })], NEVER);
    await old.put([entry("b", [1, 0], { n: 1 })], NEVER);
    const filter = { kind: "eq", column: "brand", value: "acme" } as const;
    const found = await young.list({ ...IDS, limit: 10, offset: 0, filter }, NEVER);
    assert.deepEqual(found.map(({ id }) => id), ["a"]);
    // Who opens the table later without the column knows that it is there, and empties it.
    const later = await open("columns", { ...SHAPE, columns: {} });
    await later.put([entry("a", [1, 0])], NEVER);
    await later.close();
    assert.deepEqual(await young.list({ ...IDS, limit: 10, offset: 0, filter }, NEVER), []);
  } finally {
    await closeAll([old, young]);
  }
});

Deno.test("writers of the same documents from several servers all get through", async () => {
  const engines = await Promise.all([open("writers"), open("writers"), open("writers")]);
  const all = Array.from({ length: 60 }, (_, i) => entry(`d${(i * 37) % 60}`, [1, i]));
  try {
    await Promise.all(Array.from({ length: 30 }, async (_, round) => {
      const engine = engines[round % 3]!;
      const order = round % 2 ? all : all.toReversed();
      if (round % 5 === 0) await engine.update(order, NEVER);
      else if (round % 5 === 1) await engine.delete(order.map(({ id }) => id), NEVER);
      else await engine.put(order, NEVER);
    }));
    await engines[0]!.put(all, NEVER);
    assert.equal((await ids(engines[1]!)).length, 60);
  } finally {
    await closeAll(engines);
  }
});

Deno.test("one of several servers builds the graph, all of them bring documents in", async () => {
  const lines = new LogLines("INFO");
  const one = (table: string) =>
    openPostgresIndex({ ...options(server.url(), table), shape: WIDE, log: lines.log });
  const engines = await Promise.all([one("together"), one("together"), one("together")]);
  try {
    const first = documents(1, 1500);
    await engines[0]!.put(first, NEVER);
    for (const engine of engines) await inGraph(engine);
    assert.equal(lines.of().filter(({ message }) => message === "The graph is built").length, 1);
    const more = documents(2, 400);
    await Promise.all(engines.map((engine, i) => {
      return engine.put(more.filter((_, k) => k % 3 === i), NEVER);
    }));
    const queries = documents(3, 30).map(({ embedding }) => embedding);
    const truth = queries.map((query) => nearest("cosine", [...first, ...more], query, 10));
    const search = { ...IDS, queries: joined(queries), limit: 10 };
    // Right at once, and when all of them are in the graph.
    assert.ok(recall(await engines[1]!.search(search, NEVER), truth) >= 0.98);
    for (const engine of engines) await inGraph(engine);
    assert.ok(recall(await engines[2]!.search(search, NEVER), truth) >= 0.98);
  } finally {
    await closeAll(engines);
  }
});

Deno.test("a graph that was left half built, or was dropped, is made anew", async () => {
  const engine = await open("halfway", WIDE);
  try {
    const all = documents(4, 1200);
    await engine.put(all, NEVER);
    await inGraph(engine);
    await server.query("drop index halfway__graph");
    await engine.put(documents(5, 40), NEVER);
    await until(() => hasGraph("halfway"), (there) => there);
    await server.query(
      "update pg_index set indisvalid = false where indexrelid = 'halfway__graph'::regclass",
    );
    await until(() => hasGraph("halfway"), (there) => there);
    await inGraph(engine);
    const query = all[0]!.embedding;
    const [hits] = await engine.search({ ...IDS, queries: query, limit: 1 }, NEVER);
    assert.equal(hits![0]!.id, "4/0");
  } finally {
    await engine.close();
  }
});

Deno.test("clear() lets go of the graph, and what comes then has one again", async () => {
  const engine = await open("again", WIDE);
  try {
    await engine.put(documents(6, 1200), NEVER);
    await inGraph(engine);
    await engine.clear(NEVER);
    assert.equal(await hasGraph("again"), false);
    await engine.put(documents(7, 1200), NEVER);
    await inGraph(engine);
    assert.equal(await hasGraph("again"), true);
  } finally {
    await engine.close();
  }
});

Deno.test("close() ends the building of a graph, and the next server builds it", async () => {
  const shape: IndexShape = { dimensions: 256, metric: "euclidean", columns: {} };
  const own = options(server.url(), "unfinished");
  const before = new pg.Client(server.url());
  await before.connect();
  try {
    const first = await openPostgresIndex({ ...own, shape });
    await startTransaction(before);
    const embeddings = new Clusters(8, 50, 256).many(4000);
    await first.put(embeddings.map((embedding, i) => entry(`d${i}`, embedding)), NEVER);
    await until(
      () => server.query("select 1 from pg_stat_progress_create_index"),
      ({ length }) => length > 0,
    );
    await first.close();
    assert.equal(await hasGraph("unfinished"), false);
  } finally {
    await before.end();
  }
  const second = await openPostgresIndex({ ...own, shape });
  try {
    await until(() => hasGraph("unfinished"), (there) => there);
  } finally {
    await second.close();
  }
});

Deno.test("names of tables may be long, in a schema, or SQL's own", async () => {
  const long = "t".repeat(48);
  for (const table of [long, `${"s".repeat(48)}.${long}`, "select", "Upper", "public.order"]) {
    const engine = await open(table);
    try {
      await engine.put([entry("a", [1, 0])], NEVER);
      const copies = ["n".repeat(64), `${"n".repeat(63)}m`, "n.1"];
      for (const copy of copies) {
        await engine.backup(copy, NEVER);
        await engine.put([entry(copy, [1, 0])], NEVER);
      }
      for (const [i, copy] of copies.entries()) {
        await engine.restore(copy, NEVER);
        assert.deepEqual(await ids(engine), ["a", ...copies.slice(0, i)]);
      }
    } finally {
      await engine.close();
    }
  }
});
