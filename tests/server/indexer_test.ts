/** Indexers of a real server: when they are opened, shown and closed. */
import assert from "node:assert/strict";
import { ClipError, KeyError } from "../../src/errors.ts";
import type { IndexEngine } from "../../src/index/engine.ts";
import { banner, bannerJson } from "../../src/server/banner.ts";
import type { OpenIndex, OpenIndexOptions, StartedIndexer } from "../../src/server/indexer.ts";
import { Log } from "../../src/telemetry/log.ts";
import { openMemoryEngine } from "../index/memory_engine.ts";
import { scrape } from "../support/metrics.ts";
import { ownPort } from "../support/own_port.ts";
import { startTestServer, type TestServerOptions } from "../support/server.ts";

const SIGNAL = new AbortController().signal;
const INDEX = { executor: "index" };

/** Opens engines in memory, and remembers how it was asked, and what was closed. */
class MemoryStore {
  readonly opened: OpenIndexOptions[] = [];
  readonly engines: IndexEngine[] = [];
  closed = 0;

  readonly open: OpenIndex = async (options) => {
    this.opened.push(options);
    const engine = await openMemoryEngine(options.shape);
    const close = engine.close.bind(engine);
    engine.close = () => {
      this.closed++;
      return close();
    };
    this.engines.push(engine);
    return engine;
  };
}

function startWith(store: MemoryStore, options: TestServerOptions = {}) {
  return startTestServer({ indexer: ["columns: {n: int}"], openIndex: store.open, ...options });
}

async function refusal(start: Promise<unknown>): Promise<ClipError> {
  try {
    await start;
  } catch (thrown) {
    assert.ok(thrown instanceof ClipError, String(thrown));
    return thrown;
  }
  throw new assert.AssertionError({ message: "it started" });
}

Deno.test("an indexer takes its dimensions from the model behind which it stands", async () => {
  const store = new MemoryStore();
  const { server } = await startWith(store);
  const { embedDim } = server.executors[0]!.encoder.shape;
  const [{ indexer, documents }] = server.indexers as [StartedIndexer];
  assert.equal(indexer.dimensions, embedDim);
  assert.equal(documents, 0);
  const { shape, settings, store: kept } = store.opened[0]!;
  assert.deepEqual(shape, { dimensions: embedDim, metric: "cosine", columns: { n: "int" } });
  assert.equal(settings.limit, 10);
  assert.equal(kept.kind, "embedded");
  assert.equal(await server.stop(5000), 0);
  assert.equal(store.closed, 1);
});

Deno.test("n_dim that is not the model's ends the start, with the place, both numbers and the model", async () => {
  const store = new MemoryStore();
  const error = await refusal(startWith(store, { indexer: ["dim: 512"] }));
  assert.equal(error.kind, "config");
  assert.match(error.message, /^test-flow\.yml:\d+:\d+: executors\[1\]\.uses\.with\.dim: 'index' /);
  assert.match(
    error.message,
    /embeddings of 512 numbers, and the model 'fixture' of 'clip_o' makes/,
  );
  assert.match(error.message, /; expected \d+, or no 'n_dim'$/);
  assert.equal(store.opened.length, 0);
});

Deno.test("a fault of a key that the engine finds has the key's place, or the indexer's", async () => {
  const failing = (key: string): OpenIndex => () =>
    Promise.reject(new KeyError("config", key, "'index' does not fit"));
  const indexer = ["metric: l2"];
  const written = await refusal(startTestServer({ indexer, openIndex: failing("metric") }));
  assert.match(
    written.message,
    /^test-flow\.yml:\d+:\d+: executors\[1\]\.uses\.with\.metric: 'index'/,
  );
  const unwritten = await refusal(startTestServer({ indexer, openIndex: failing("columns") }));
  assert.match(
    unwritten.message,
    /^test-flow\.yml:\d+:\d+: executors\[1\]\.uses: 'index' does not/,
  );
});

Deno.test("while an index is opened the server is not ready", async () => {
  const store = new MemoryStore();
  const port = await ownPort();
  const seen: unknown[] = [];
  const openIndex: OpenIndex = async (options) => {
    const response = await fetch(`http://127.0.0.1:${port}/healthz/ready`);
    seen.push(response.status, (await response.json()).status);
    return await store.open(options);
  };
  const { server, url } = await startTestServer({ indexer: [], openIndex, port: String(port) });
  assert.deepEqual(seen, [503, "starting"]);
  const response = await fetch(`${url}/healthz/ready`);
  await response.body?.cancel();
  assert.equal(response.status, 200);
  await server.stop(5000);
});

Deno.test("an index that does not open within timeout_ready ends the start", async () => {
  let signal: AbortSignal | undefined;
  const openIndex: OpenIndex = (options) => {
    signal = options.signal;
    return new Promise((_, reject) =>
      options.signal.addEventListener("abort", () => reject(options.signal.reason))
    );
  };
  const indexerEntry = ["timeout_ready: 50"];
  const error = await refusal(startTestServer({ indexer: [], indexerEntry, openIndex }));
  assert.equal(error.kind, "unavailable");
  assert.match(
    error.message,
    /^Executor 'index' was not ready within 50 ms: raise its 'timeout_re/,
  );
  assert.doesNotMatch(error.message, /model/);
  assert.equal(signal?.aborted, true);
});

Deno.test("an index is closed when what comes after it does not start", async () => {
  const store = new MemoryStore();
  const openIndex: OpenIndex = async (options) => {
    const engine = await store.open(options);
    engine.status = () => Promise.reject(new ClipError("unavailable", "The disk is gone"));
    return engine;
  };
  const error = await refusal(startTestServer({ indexer: [], openIndex }));
  assert.equal(error.message, "The disk is gone");
  assert.equal(store.closed, 1);
});

Deno.test("the banner names the index, its place and how much is in it", async () => {
  const store = new MemoryStore();
  const { server } = await startWith(store, { indexerEntry: ["workspace: /srv/w"] });
  assert.match(
    banner(server, { color: false }),
    /^ {2}index {2}0 documents in \/srv\/w\/index \(index, behind clip_o\), cosine$/m,
  );
  assert.deepEqual(JSON.parse(bannerJson(server, 1)).indexes, [
    "0 documents in /srv/w/index (index, behind clip_o), cosine",
  ]);
  await server.stop(5000);
});

Deno.test("neither banner nor log show the password of a database", async () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const log = new Log("test", { level: "DEBUG", json: true, color: false, write });
  const store = new MemoryStore();
  const indexer = ["url: postgresql://me:geheim@db.example:5433/shop?password=geheim", "table: t"];
  const { server } = await startWith(store, { indexer, log });
  const shown = banner(server, { color: false });
  assert.match(shown, /0 documents in table t of postgresql:\/\/db\.example:5433\/shop \(index,/);
  assert.doesNotMatch(shown + bannerJson(server, 1) + lines.join("\n"), /geheim/);
  await server.stop(5000);
});

Deno.test("metrics of an index are on the gateway's page, or on one of its own", async () => {
  const store = new MemoryStore();
  const gateway = ["monitoring: true", "port_monitoring: 0"];
  const shared = await startWith(store, { gateway });
  const page = await scrape(shared.server);
  assert.equal(page.get("clipline_index_documents", INDEX), 0);
  assert.equal(page.get("clipline_index_waiting", INDEX), 0);
  const { indexer } = shared.server.indexers[0]!;
  const embedding = new Float32Array(indexer.dimensions).fill(1);
  const document = { id: "a", embedding, tags: { n: 1 }, document: new Uint8Array() };
  await indexer.index([document], SIGNAL);
  await indexer.search({ queries: [embedding] }, SIGNAL);
  const after = await scrape(shared.server);
  assert.equal(after.get("clipline_index_documents", INDEX), 1);
  const searches = { ...INDEX, operation: "search" };
  assert.equal(after.get("clipline_index_operation_seconds_count", searches), 1);
  await shared.server.stop(5000);

  const own = await startWith(store, { gateway, indexerEntry: ["port_monitoring: 0"] });
  assert.equal(own.server.metricsAddresses.length, 2);
  assert.equal((await scrape(own.server)).get("clipline_index_documents", INDEX), undefined);
  assert.equal((await scrape(own.server, 1)).get("clipline_index_documents", INDEX), 0);
  await own.server.stop(5000);
});

Deno.test("a scrape does not wait for an index that does not answer", async () => {
  const store = new MemoryStore();
  const { server } = await startWith(store, {
    gateway: ["monitoring: true", "port_monitoring: 0"],
  });
  store.engines[0]!.status = (signal) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  assert.equal((await scrape(server)).get("clipline_ready"), 1);
  await server.stop(5000);
});

Deno.test("documents are there after a restart, and one server at a time has their folder", async () => {
  const folder = await Deno.makeTempDir({ prefix: "clipline-index-" });
  const indexer = [`data_path: ${folder}`, "columns: {n: int}"];
  try {
    const first = await startTestServer({ indexer });
    const embedding = new Float32Array(first.server.indexers[0]!.indexer.dimensions).fill(1);
    const document = { id: "a", embedding, tags: { n: 1 }, document: new Uint8Array([1, 2]) };
    await first.server.indexers[0]!.indexer.index([document], SIGNAL);
    const error = await refusal(startTestServer({ indexer }));
    assert.equal(error.kind, "config");
    assert.match(error.message, /^test-flow\.yml:\d+:\d+: .*\.data_path: .*in use by/);
    await first.server.stop(5000);

    const second = await startTestServer({ indexer });
    const [{ indexer: kept, documents }] = second.server.indexers as [StartedIndexer];
    assert.equal(documents, 1);
    const [hits] = await kept.search({ queries: [embedding], filter: { n: { $eq: 1 } } }, SIGNAL);
    assert.deepEqual(hits!.map(({ id, distance }) => [id, distance]), [["a", 0]]);
    await second.server.stop(5000);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an index that does not close holds up no stop for ever, and what is wrong is told", async () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const log = new Log("test", { level: "WARNING", json: false, color: false, write });
  const store = new MemoryStore();
  const first = await startWith(store, { log });
  store.engines[0]!.close = () => Promise.reject(new Error("no space left"));
  assert.equal(await first.server.stop(5000), 0);
  assert.match(lines.join("\n"), /was not closed well.*no space left/);
  const second = await startWith(store, { log });
  store.engines[1]!.close = () => new Promise(() => {});
  assert.equal(await second.server.stop(1), 0);
  assert.match(lines.join("\n"), /takes too long to close/);
});

Deno.test("faults of an index name neither the server's folders nor its database to clients, but to the log", async () => {
  const store = new MemoryStore();
  const lines: string[] = [];
  const log = new Log("server", {
    level: "INFO",
    json: false,
    color: false,
    write: (line) => lines.push(line),
  });
  const { server } = await startWith(store, { log });
  const [{ indexer, place }] = server.indexers as [StartedIndexer];
  const [engine] = store.engines as [IndexEngine];
  const fault = new ClipError("unavailable", `"${place}/index.sqlite" may not be written to`);
  engine.clear = () => Promise.reject(fault);
  engine.status = () => Promise.reject(fault);
  for (const asked of [indexer.clear(SIGNAL), indexer.status(SIGNAL)]) {
    const told = await refusal(asked);
    assert.equal(told.message, '"index/index.sqlite" may not be written to');
    assert.equal(told.kind, "unavailable");
  }
  assert.ok(
    lines.some((line) => line.includes("The index fails") && line.includes(place)),
    lines.join(),
  );
  assert.equal(await server.stop(5000), 0);
});
