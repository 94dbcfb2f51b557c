/** What becomes of an index when its database is wrong, goes away, or comes back. */
import assert from "node:assert/strict";
import { ClipError, KeyError } from "../../../src/errors.ts";
import { requestFault } from "../../../src/index/postgres/faults.ts";
import { openPostgresIndex } from "../../../src/index/postgres/open.ts";
import { LogLines } from "../../support/log_lines.ts";
import { PostgresServer } from "../../support/postgres.ts";
import { until, untilSo } from "../../support/until.ts";
import { entry } from "../contract/entries.ts";
import { IDS, NEVER } from "../contract/opening.ts";
import { options, SHAPE } from "./options.ts";

const server = await PostgresServer.start("max_connections=40");
Deno.test.afterAll(() => server[Symbol.asyncDispose]());

/** Connections of indexes; `query` has one of its own. */
async function connections(): Promise<number> {
  const [row] = await server.query<{ count: number }>(
    "select count(*)::int from pg_stat_activity where application_name = 'clipline'",
  );
  return row!.count;
}

function key(name: string, pattern: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof KeyError, String(error));
    assert.equal(error.kind, "config");
    assert.equal(error.key, name);
    assert.match(error.message, pattern);
    assert.ok(!error.message.includes(server.password));
    return true;
  };
}

function unavailable(error: unknown): boolean {
  assert.ok(error instanceof ClipError, String(error));
  assert.equal(error.kind, "unavailable", error.message);
  assert.ok(!error.message.includes(server.password));
  return true;
}

Deno.test("an index works again after its server was killed and started, and lost nothing", async () => {
  const engine = await openPostgresIndex(options(server.url(), "killed"));
  try {
    await engine.put([entry("a", [1, 0])], NEVER);
    await server.kill();
    await assert.rejects(engine.put([entry("b", [1, 0])], NEVER), unavailable);
    await assert.rejects(
      engine.status(NEVER),
      /127\.0\.0\.1:\d+ cannot be reached: nothing listens/,
    );
    await server.startAgain();
    await engine.put([entry("c", [1, 0])], NEVER);
    const found = await engine.list({ ...IDS, limit: 10, offset: 0 }, NEVER);
    assert.deepEqual(found.map(({ id }) => id), ["a", "c"]);
  } finally {
    await engine.close();
  }
});

Deno.test("a write whose server is killed meanwhile says so, and has written all or nothing", async () => {
  const engine = await openPostgresIndex(options(server.url(), "midway"));
  try {
    const holder = lockTable("midway");
    await holder.held;
    const writing = engine.put([entry("a", [1, 0]), entry("b", [1, 0])], NEVER);
    const outcome = assert.rejects(writing, unavailable);
    await untilWaiting("insert", 1);
    await server.whileKilled(async () => {
      await outcome;
      await holder.release();
    });
    assert.equal((await engine.status(NEVER)).documents, 0);
  } finally {
    await engine.close();
  }
});

Deno.test("a server that is not there yet is waited for", async () => {
  const lines = new LogLines("INFO");
  const opening = await server.whileKilled(async () => {
    const opening = openPostgresIndex({ ...options(server.url(), "later"), log: lines.log });
    await untilSo(() => lines.texts.length > 0);
    return { engine: opening };
  });
  await (await opening.engine).close();
  const [line] = lines.of();
  assert.match(line!.message, /^PostgreSQL at 127\.0\.0\.1:\d+ cannot be reached: nothing listens/);
  assert.ok(!lines.texts.join().includes(server.password));
});

Deno.test("the waiting ends with its signal", async () => {
  await server.whileKilled(async () => {
    const lines = new LogLines("INFO");
    const controller = new AbortController();
    const { signal } = controller;
    const opening = openPostgresIndex({ ...options(server.url(), "x"), log: lines.log, signal });
    const outcome = assert.rejects(opening, /not in time/);
    await untilSo(() => lines.texts.length > 0);
    controller.abort(new ClipError("unavailable", "not in time"));
    await outcome;
  });
});

Deno.test("what is wrong with the URL is told, without the password", async () => {
  const open = (url: string, table = "t") => openPostgresIndex(options(url, table));
  const url = (change: Parameters<PostgresServer["url"]>[0]) => server.url(change);
  await assert.rejects(
    open(url({ password: "not a secret" })),
    key("url", /refuses the password of user 'postgres'$/),
  );
  await assert.rejects(open(url({ user: "nobody" })), key("url", /refuses the password of user/));
  await assert.rejects(open(url({ password: "" })), key("url", /wants a password/));
  await assert.rejects(open(url({ database: "gone" })), key("url", /no database 'gone'/));
  await assert.rejects(open(url({ query: "?sslmode=verify-full" })), key("url", /No TLS.*SSL/));
  await assert.rejects(
    open(url({ query: "?sslrootcert=/no/such.pem" })),
    key("url", /cannot be used: \/no\/such\.pem: ENOENT/),
  );
  assert.equal(await connections(), 0);
});

Deno.test("rights that are missing are told, and what to do", async () => {
  await server.query("create role small login password 'p'");
  await server.query("create database bare");
  const small = { user: "small", password: "p" };
  const bare = server.url({ ...small, database: "bare" });
  await assert.rejects(
    openPostgresIndex(options(bare, "t")),
    key("url", /let an administrator run CREATE EXTENSION vector/),
  );
  await server.query("create extension if not exists vector");
  await assert.rejects(
    openPostgresIndex(options(server.url(small), "t")),
    key("url", /permission denied for schema public.*needs the right/),
  );
  // Whoever owns a schema needs no more, and a table that is there needs no rights on the schema.
  await server.query("create schema own authorization small");
  const engine = await openPostgresIndex(options(server.url(small), "own.t"));
  await engine.put([entry("a", [1, 0])], NEVER);
  await engine.close();
});

Deno.test("a table that is something else is left alone", async () => {
  await server.query("create table people (id text primary key)");
  await assert.rejects(
    openPostgresIndex(options(server.url(), "people")),
    key("table", /is not an index: take another name/),
  );
  await server.query("create view sights as select 1 as id");
  await assert.rejects(openPostgresIndex(options(server.url(), "sights")), key("table", /another/));
});

Deno.test("what does not fit the table names the key", async () => {
  const open = (shape: typeof SHAPE) =>
    openPostgresIndex({ ...options(server.url(), "fits"), shape });
  await (await open({ ...SHAPE, columns: { n: "int" } })).close();
  await assert.rejects(open({ ...SHAPE, dimensions: 3 }), key("n_dim", /of 2 dimensions, not 3/));
  await assert.rejects(
    open({ ...SHAPE, metric: "euclidean" }),
    key("metric", /made for cosine, not euclidean/),
  );
  await assert.rejects(
    open({ ...SHAPE, columns: { n: "float" } }),
    key("columns", /'n' of the table 'fits' holds bigint, not double precision/),
  );
  await assert.rejects(
    openPostgresIndex({
      ...options(server.url(), "wide"),
      shape: { ...SHAPE, dimensions: 16_001 },
    }),
    key("n_dim", /16000 dimensions at most, not 16001/),
  );
});

Deno.test("embeddings that are too wide for a graph are searched one by one", async () => {
  const lines = new LogLines("INFO");
  const shape = { ...SHAPE, dimensions: 4001 };
  const log = lines.log;
  const engine = await openPostgresIndex({ ...options(server.url(), "broad"), shape, log });
  try {
    const one = (i: number) => Float32Array.from({ length: 4001 }, (_, j) => j === i ? 1 : 0);
    await engine.put([entry("a", one(0)), entry("b", one(1))], NEVER);
    const [hits] = await engine.search({ ...IDS, queries: one(1), limit: 1 }, NEVER);
    assert.deepEqual(hits, [{ id: "b", distance: 0 }]);
    assert.match(lines.texts.join(), /no graph of more than 4000 dimensions/);
  } finally {
    await engine.close();
  }
});

Deno.test("a search that is given up ends in the database too", async () => {
  const engine = await openPostgresIndex(options(server.url(), "given_up"));
  try {
    const holder = lockTable("given_up");
    await holder.held;
    const controller = new AbortController();
    const queries = Float32Array.of(1, 0);
    const search = engine.search({ ...IDS, queries, limit: 1 }, controller.signal);
    const outcome = assert.rejects(search, { kind: "cancelled" });
    await untilWaiting("select query.number", 1);
    controller.abort();
    await outcome;
    await untilWaiting("select query.number", 0);
    await holder.release();
    assert.equal((await engine.status(NEVER)).documents, 0);
  } finally {
    await engine.close();
  }
});

Deno.test("connections that the server ends are replaced", async () => {
  const engine = await openPostgresIndex(options(server.url(), "ended"));
  try {
    await engine.put([entry("a", [1, 0])], NEVER);
    for (let round = 0; round < 3; round++) {
      await endConnections("postgres");
      await engine.put([entry(`b${round}`, [1, 0])], NEVER);
    }
    assert.equal((await engine.status(NEVER)).documents, 4);
  } finally {
    await engine.close();
  }
});

Deno.test("a table that is dropped under an index is told", async () => {
  const engine = await openPostgresIndex(options(server.url(), "dropped"));
  try {
    await server.query("drop table dropped");
    await assert.rejects(engine.put([entry("a", [1, 0])], NEVER), unavailable);
    await assert.rejects(engine.status(NEVER), /table 'dropped'.*Start the server anew/);
  } finally {
    await engine.close();
  }
});

Deno.test("a database that only reads is searched, and says that it does not write", async () => {
  const name = "standby";
  await server.query(`create database ${name}`);
  const url = server.url({ database: name });
  const engine = await openPostgresIndex(options(url, "t"));
  try {
    await engine.put([entry("a", [1, 0])], NEVER);
    await server.query(`alter database ${name} set default_transaction_read_only = on`);
    await endConnections(name);
    await assert.rejects(engine.put([entry("b", [1, 0])], NEVER), /only reads/);
    assert.equal((await engine.status(NEVER)).documents, 1);
  } finally {
    await engine.close();
  }
});

Deno.test("close() leaves no connection, whatever is under way", async () => {
  const engine = await openPostgresIndex(options(server.url(), "closing"));
  const holder = lockTable("closing");
  await holder.held;
  const writing = Array.from({ length: 12 }, (_, i) => engine.put([entry(`${i}`, [1, 0])], NEVER));
  const outcomes = Promise.allSettled(writing);
  await untilWaiting("insert", 7);
  await engine.close();
  for (const { status } of await outcomes) assert.equal(status, "rejected");
  await holder.release();
  await until(connections, (count) => count === 0);
  const [row] = await server.query<{ count: number }>("select count(*)::int from closing");
  assert.equal(row!.count, 0);
});

const ADDRESS = { told: "db:5432", user: "u", database: "d", table: "t" };

for (
  const [code, kind, pattern] of [
    ["53100", "unavailable", /^PostgreSQL at db:5432 has no room left on its disk: said$/],
    ["53200", "unavailable", /^PostgreSQL at db:5432: said$/],
    ["53300", "unavailable", /said/],
    ["57014", "unavailable", /gave up a statement: said/],
    ["57P03", "unavailable", /said/],
    ["40P01", "unavailable", /said/],
    ["28P01", "unavailable", /refuses 'u': said/],
    ["22000", "backend", /said \(SQLSTATE 22000\)/],
  ] as const
) {
  Deno.test(`SQLSTATE ${code} of a request is ${kind}`, () => {
    const told = Object.assign(new Error("said"), { code, severity: "ERROR" });
    const error = requestFault(told, ADDRESS);
    assert.equal(error.kind, kind);
    assert.match(error.message, pattern);
  });
}

Deno.test("a pool whose connections are all at work is overloaded", () => {
  const told = new Error("timeout exceeded when trying to connect");
  assert.equal(requestFault(told, ADDRESS).kind, "overloaded");
});

/** Ends the connections of indexes to a database, and waits until they are ended. */
async function endConnections(database: string): Promise<void> {
  await server.query(
    "select pg_terminate_backend(pid, 10000) from pg_stat_activity " +
      `where application_name = 'clipline' and datname = '${database}'`,
  );
}

/** Holds a table so that nobody reads or writes it. */
function lockTable(table: string): {
  held: Promise<unknown>;
  release: () => Promise<void>;
} {
  const held = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const ended = server.session(async (query) => {
    await query(`begin; lock table ${table} in access exclusive mode`);
    held.resolve();
    await released.promise;
    await query("commit");
  });
  const release = async () => {
    released.resolve();
    // With its server it has lost the lock too.
    await ended.catch(() => {});
  };
  return { held: Promise.race([held.promise, ended]), release };
}

/** Resolves once so many statements that hold a text wait for a lock, or more; 0 is none. */
async function untilWaiting(text: string, count: number): Promise<void> {
  await until(
    async () => {
      const [row] = await server.query<{ count: number }>(
        "select count(*)::int from pg_stat_activity where wait_event_type = 'Lock' " +
          `and pid <> pg_backend_pid() and query like '%${text}%'`,
      );
      return row!.count;
    },
    (waiting) => count === 0 ? waiting === 0 : waiting >= count,
  );
}
