/** Servers whose index is a table of a real PostgreSQL. */
import assert from "node:assert/strict";
import { banner } from "../../src/server/banner.ts";
import { ClipError } from "../../src/errors.ts";
import { Log } from "../../src/telemetry/log.ts";
import { PostgresServer } from "../support/postgres.ts";
import { startTestServer } from "../support/server.ts";

const SIGNAL = new AbortController().signal;

const database = await PostgresServer.start();
Deno.test.afterAll(() => database[Symbol.asyncDispose]());

Deno.test("two servers share a table: what one is given the other finds", async () => {
  const indexer = [`url: "${database.url()}"`, "table: pictures", "columns: {n: int}"];
  const first = await startTestServer({ indexer });
  const second = await startTestServer({ indexer });
  const [a, b] = [first, second].map(({ server }) => server.indexers[0]!.indexer);
  const embedding = new Float32Array(a!.dimensions).fill(1);
  const document = { id: "x", embedding, tags: { n: 1 }, document: new Uint8Array([1]) };
  await a!.index([document], SIGNAL);
  const [hits] = await b!.search({ queries: [embedding] }, SIGNAL);
  assert.deepEqual(hits!.map(({ id }) => id), ["x"]);
  assert.match(
    banner(second.server, { color: false }),
    new RegExp(
      `in table pictures of postgresql://127\\.0\\.0\\.1:${database.port}/postgres \\(index,`,
    ),
  );
  await Promise.all([first, second].map(({ server }) => server.stop(5000)));
});

Deno.test("a wrong password ends the start with the place of the URL, and is shown nowhere", async () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const log = new Log("test", { level: "DEBUG", json: true, color: false, write });
  const indexer = [`url: "${database.url({ password: "geheim" })}"`];
  await assert.rejects(startTestServer({ indexer, log }), (thrown) => {
    assert.ok(thrown instanceof ClipError);
    assert.equal(thrown.kind, "config");
    assert.match(thrown.message, /^test-flow\.yml:\d+:\d+: executors\[1\]\.uses\.with\.url: /);
    lines.push(thrown.message, thrown.stack ?? "", Deno.inspect(thrown.cause));
    return true;
  });
  assert.doesNotMatch(lines.join("\n"), /geheim/);
});

Deno.test("a database that is down ends the start after timeout_ready", async () => {
  const url = "url: postgresql://me:geheim@127.0.0.1:1/shop";
  await assert.rejects(startTestServer({ indexer: [url], indexerEntry: ["timeout_ready: 500"] }), {
    kind: "unavailable",
    message: /^Executor 'index' was not ready within 500 ms/,
  });
});
