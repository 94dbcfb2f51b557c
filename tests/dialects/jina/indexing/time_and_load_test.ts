/** Time limits, clients that leave, many at once, and requests of any size. */
import assert from "node:assert/strict";
import { ClipError } from "../../../../src/errors.ts";
import type { IndexEngine } from "../../../../src/index/engine.ts";
import { encodeRequestProto } from "../../../../src/dialects/jina/proto/request.ts";
import { textRequest } from "../../../support/grpc_client.ts";
import { memoryIndexer } from "../../../support/memory_indexer.ts";
import { ownTimeMs } from "../../../support/thread_time.ts";
import { untilSo } from "../../../support/until.ts";
import { embedded, matchIds, openAskers } from "./askers.ts";

/** An engine whose writes and searches wait for ever, unless their signal fires. */
function stuck(calls: string[]): () => Partial<IndexEngine> {
  const wait = (name: string) => (_: unknown, signal: AbortSignal) => {
    calls.push(name);
    return new Promise<never>((_, reject) => {
      const end = () => reject(ClipError.wrap(signal.reason, "cancelled"));
      if (signal.aborted) end();
      else signal.addEventListener("abort", end);
    });
  };
  return () => ({ put: wait("put"), search: wait("search") });
}

Deno.test("timeout_send bounds embedding and index together", async () => {
  const calls: string[] = [];
  const indexer = await memoryIndexer({ instead: stuck(calls) });
  await using open = await openAskers({ indexers: [indexer], gateway: ["timeout_send: 1000"] });
  for (const endpoint of ["/index", "/search"]) {
    await Promise.all([...open.askers].map(async ([protocol, ask]) => {
      const { status } = await ask(endpoint, { docs: [{ id: "a", text: "a" }] });
      assert.match(status?.description ?? "", /not done within 1000 ms/, `${protocol} ${endpoint}`);
    }));
  }
  assert.deepEqual(calls, ["put", "put", "put", "search", "search", "search"]);
});

Deno.test("nothing is kept of a client that has gone while its documents were embedded", async () => {
  const calls: string[] = [];
  const indexer = await memoryIndexer({ instead: stuck(calls) });
  await using open = await openAskers({ indexers: [indexer] });
  const { encoder } = open.gateways;
  encoder.held = true;
  const leaving = new AbortController();
  const answer = fetch(`${open.gateways.url("http")}/index`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data: [{ text: "a" }] }),
    signal: leaving.signal,
  });
  await untilSo(() => encoder.inside === 1);
  leaving.abort();
  await assert.rejects(answer);
  await untilSo(() => encoder.aborted === 1);
  encoder.held = false;
  // One that comes later goes through the same door.
  const deadline = open.ask("/encode", { docs: [{ id: "a", text: "a" }] });
  assert.equal((await deadline).status, undefined);
  assert.deepEqual(calls, []);
});

Deno.test("an index that is down is told as such, and serves again when it is back", async () => {
  let down = true;
  const indexer = await memoryIndexer({
    instead: (engine) => ({
      search: (...given) =>
        down
          ? Promise.reject(new ClipError("unavailable", "The database cannot be had"))
          : engine.search(...given),
    }),
  });
  await using open = await openAskers({ indexers: [indexer] });
  const search = () =>
    fetch(`${open.gateways.url("http")}/search`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ data: [{ text: "a" }] }),
    });
  const refused = await search();
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get("retry-after"), "1");
  assert.match(await refused.text(), /The database cannot be had/);
  // A stream is told in its answer, and goes on.
  const requests = ["/search", "/encode", "/search"].map((execEndpoint) =>
    textRequest(["a"], { execEndpoint })
  );
  const answers = await open.grpc.call(requests);
  assert.deepEqual(answers.map(({ status }) => status?.exception?.name), [
    "ConnectionError",
    undefined,
    "ConnectionError",
  ]);
  for (const ask of [open.by.websocket, open.by.websocket]) {
    const { status } = await ask("/search", { docs: [{ id: "a", text: "a" }] });
    assert.match(status!.description, /The database cannot be had/);
  }
  down = false;
  const served = await search();
  assert.equal(served.status, 200);
  await served.body?.cancel();
});

Deno.test("indexing and searching at the same time, from many clients", async () => {
  await using open = await openAskers({ indexers: [await memoryIndexer()] });
  const { ask } = open;
  const writes = Array.from({ length: 20 }, async (_, client) => {
    for (let i = 0; i < 5; i++) {
      const id = `${client}-${i}`;
      const { status } = await ask("/index", { docs: [embedded(id, [client + 1, i, 1, 0])] });
      assert.equal(status, undefined);
      const query = embedded("q", [client + 1, i, 1, 0]);
      const [found] = matchIds(await ask("/search", { docs: [query], parameters: { limit: 3 } }));
      assert.ok(found!.includes(id), `${id} in ${found}`);
    }
  });
  await Promise.all(writes);
  assert.equal((await ask("/status")).docs[0]!.tags!["total_docs"], 100);
});

Deno.test("a stream waits for room in the index's queue, and a whole request is told to come again", async () => {
  const held: (() => void)[] = [];
  let writes = 0;
  const indexer = await memoryIndexer({
    maxQueue: 1,
    instead: (engine) => ({
      async put(...given) {
        writes++;
        await new Promise<void>((resolve) => held.push(resolve));
        await engine.put(...given);
      },
    }),
  });
  await using open = await openAskers({ indexers: [indexer] });
  const index = (id: string) => open.ask("/index", { docs: [embedded(id, [1, 2, 3, 4])] });
  const all = ["a", "b", "c"].map(index);
  await untilSo(() => writes === 1);
  const refused = await fetch(`${open.gateways.url("http")}/index`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data: [{ text: "a" }] }),
  });
  assert.equal(refused.status, 503);
  assert.ok(Number(refused.headers.get("retry-after")) >= 1);
  assert.match(await refused.text(), /max_queue/);
  for (let written = 1; written <= 3; written++) {
    await untilSo(() => writes === written);
    held.shift()!();
  }
  for (const { status } of await Promise.all(all)) assert.equal(status, undefined);
  assert.equal((await open.ask("/status")).docs[0]!.tags!["total_docs"], 3);
});

/** The longest that this thread worked between two turns of the event loop, milliseconds. */
async function longestStop(work: Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = ownTimeMs();
  const timer = setInterval(() => {
    const now = ownTimeMs();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  await work;
  clearInterval(timer);
  return longest;
}

Deno.test("tens of thousands of documents are taken in slices, and so are their matches", async () => {
  // What the plain engine does itself is none of the dialect's.
  const none = (): Partial<IndexEngine> => ({
    put: () => Promise.resolve(),
    search: ({ limit, queries }) =>
      Promise.resolve(Array.from({ length: queries.length / 4 }, () => hits.slice(0, limit))),
  });
  const document = new Uint8Array([0x22, 3, 97, 98, 99]);
  const hits = Array.from({ length: 10_000 }, (_, i) => ({
    id: `h${i}`,
    distance: i,
    document,
    embedding: Float32Array.of(i, 1, 2, 3),
  }));
  const indexer = await memoryIndexer({ instead: none, columns: { n: "int" } });
  await using open = await openAskers({ indexers: [indexer] });
  const docs = Array.from(
    { length: 20_000 },
    (_, i) => embedded(`d${i}`, [i, 1, 2, 3], { tags: { n: i } }),
  );
  const message = encodeRequestProto({
    requestId: "0".repeat(32),
    execEndpoint: "/index",
    parameters: {},
    docs,
  });
  const grpc = (bytes: Uint8Array) =>
    open.grpc.unary(
      "/jina.JinaSingleDataRequestRPC/process_single_data",
      bytes,
    );
  const body = JSON.stringify({ data: [{ text: "a" }], parameters: { limit: 10_000 } });
  const http = async () => {
    const answer = await fetch(`${open.gateways.url("http")}/search`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    assert.equal(answer.status, 200);
    return (await answer.bytes()).length;
  };
  const search = encodeRequestProto({
    requestId: "0".repeat(32),
    execEndpoint: "/search",
    parameters: { limit: 10_000 },
    docs: docs.slice(0, 5),
  });
  for (const work of [() => grpc(message), () => grpc(search), http]) {
    const stops: number[] = [];
    // A collection of garbage may come in between: the best of some counts.
    for (let i = 0; i < 4; i++) stops.push(await longestStop(work()));
    assert.ok(Math.min(...stops) < 80, `${stops} ms`);
  }
});
