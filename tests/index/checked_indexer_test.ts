import assert from "node:assert/strict";
import { ClipError, type ErrorKind } from "../../src/errors.ts";
import type { Metric } from "../../src/index/engine.ts";
import type { IndexDocument } from "../../src/index/indexer.ts";
import type { IndexObserver } from "../../src/telemetry/index_observer.ts";
import { openMemoryEngine } from "./memory_engine.ts";
import {
  document,
  indexerOver,
  NEVER,
  newIndexer,
  refused,
  SETTINGS,
  shapeOf,
} from "./new_indexer.ts";

Deno.test("an indexer keeps documents, and finds them by embedding and by what their tags say", async () => {
  const indexer = await newIndexer();
  await indexer.index([
    document("a", [1, 0], { price: "10.5", brand: "acme", other: {} }),
    document("b", [1, 0.1], { price: 20 }),
    document("c", [0, 1]),
  ], NEVER);
  const queries = [Float32Array.of(2, 0), Float32Array.of(0, 1)];
  const ids = (lists: { id: string }[][]) => lists.map((list) => list.map(({ id }) => id).join(""));
  assert.deepEqual(ids(await indexer.search({ queries }, NEVER)), ["ab", "cb"]);
  assert.deepEqual(ids(await indexer.search({ queries, limit: 3 }, NEVER)), ["abc", "cba"]);
  const cheap = { price: { $lt: 15 } };
  assert.deepEqual(ids(await indexer.search({ queries, filter: cheap }, NEVER)), ["a", "a"]);
  assert.deepEqual(ids([await indexer.filter({ filter: cheap }, NEVER)]), ["a"]);
  assert.deepEqual(ids([await indexer.filter({}, NEVER)]), ["abc"]);
  assert.deepEqual(ids([await indexer.filter({ limit: 1, offset: 1 }, NEVER)]), ["b"]);
  assert.deepEqual(await indexer.status(NEVER), { documents: 3, pending: 0 });
  assert.deepEqual(await indexer.search({ queries: [] }, NEVER), []);
});

Deno.test("what hits carry is as asked for, else as the flow says", async () => {
  const engine = await openMemoryEngine(shapeOf());
  const bare = indexerOver(engine, { settings: { ...SETTINGS, includeMetadata: false } });
  await bare.index([document("a")], NEVER);
  const queries = [Float32Array.of(1, 0)];
  const [[short]] = await bare.search({ queries }, NEVER) as [[object]];
  assert.deepEqual(short, { id: "a", distance: 0 });
  const [hits] = await bare.search({ queries, includeMetadata: true }, NEVER);
  assert.deepEqual([...hits![0]!.embedding!], [1, 0]);
  assert.deepEqual(await indexerOver(engine).filter({ includeMetadata: false }, NEVER), [{
    id: "a",
  }]);
  const [got] = await bare.get(["a"], NEVER);
  assert.deepEqual([...got!.document!], [97]);
  const small = indexerOver(engine, { maxAnswerBytes: 8 });
  await assert.rejects(small.get(["a"], NEVER), refused("too_large", /too large/));
});

Deno.test("a document that cannot be kept is named, and nothing of its request is written", async () => {
  const cases: [IndexDocument, string, Metric?][] = [
    [
      document("x", [1, 2, 3]),
      "document 'x' (index 1): the embedding has 3 numbers, the index has 2 ('n_dim')",
    ],
    [
      document("x", []),
      "document 'x' (index 1): there is no embedding, which an index is made of",
    ],
    [document("x", [1, NaN]), "document 'x' (index 1): number 1 of the embedding is NaN"],
    [
      document("x", [-Infinity, 1]),
      "document 'x' (index 1): number 0 of the embedding is -Infinity",
    ],
    [
      document("x", [0, 0]),
      "document 'x' (index 1): the embedding is zero, which has no direction that 'cosine' could compare",
    ],
    [
      document("x", [1, -70_000]),
      "document 'x' (index 1): number 1 of the embedding is -70000: by 'euclidean' numbers up to " +
      "±65504 are compared, the range of half precision",
      "euclidean",
    ],
    [document(""), "document '' (index 1): there is no id"],
    [
      document("ü".repeat(513)),
      `document '${"ü".repeat(40)}…' (index 1): the id has more than 1024 bytes of UTF-8`,
    ],
    [document("a\0"), "document 'a\0' (index 1): the id has the character U+0000"],
    [
      document("\ud83d"),
      "document '\ufffd' (index 1): the id has half of a pair of UTF-16, which is no character",
    ],
    [
      document("x", [1, 0], { price: [1] }),
      "document 'x' (index 1): tags.price: expected a number, got a list (the column 'price' is " +
      "declared as float)",
    ],
  ];
  for (const [broken, message, metric] of cases) {
    const indexer = await newIndexer({ shape: shapeOf(metric) });
    await indexer.index([document("kept")], NEVER);
    const documents = [document("good"), broken];
    await assert.rejects(indexer.index(documents, NEVER), refused("document", message));
    await assert.rejects(indexer.update(documents, NEVER), refused("document", message));
    assert.deepEqual(await indexer.filter({ includeMetadata: false }, NEVER), [{ id: "kept" }]);
    const fault = indexer.fault(broken);
    assert.equal(fault?.kind, "document");
    assert.equal(fault?.message, message.replace(/^.*? \(index 1\): /s, ""));
    assert.equal(indexer.fault(documents[0]!), undefined);
    assert.equal(indexer.waiting, 0);
  }
});

Deno.test("embeddings of any length are kept where directions are compared, zeros elsewhere", async () => {
  const cosine = await newIndexer();
  await cosine.index([document("long", [3e38, 3e38]), document("short", [1e-45, 0])], NEVER);
  const inner = await newIndexer({ shape: shapeOf("inner_product") });
  await inner.index([document("zero", [0, 0]), document("large", [65_504, 0])], NEVER);
});

Deno.test("update() and delete() name what is not there, also what never could be", async () => {
  const indexer = await newIndexer();
  await indexer.index([document("a"), document("b")], NEVER);
  assert.deepEqual(await indexer.update([document("z"), document("a", [0, 1])], NEVER), ["z"]);
  assert.deepEqual(await indexer.update([], NEVER), []);
  const long = "x".repeat(1025);
  const ids = ["", "a", "\ud800", "y", long, "y", "a"];
  assert.deepEqual(await indexer.delete(ids, NEVER), ["y", "", "\ud800", long]);
  assert.deepEqual(await indexer.delete(["\0"], NEVER), ["\0"]);
  const found = await indexer.get(["\ud800", "b", long, "a", "b"], NEVER);
  assert.deepEqual(found.map((one) => one?.id), [undefined, "b", undefined, undefined, "b"]);
  assert.deepEqual(await indexer.get([""], NEVER), [undefined]);
});

Deno.test("a search that is wrong says which key or query", async () => {
  const indexer = await newIndexer();
  const good = Float32Array.of(1, 0);
  const cases: [Parameters<typeof indexer.search>[0], ErrorKind, string | RegExp][] = [
    [{ queries: [good], limit: 0 }, "invalid", "limit: expected 1 to 10000, got 0"],
    [{ queries: [good], limit: 10_001 }, "invalid", "limit: expected 1 to 10000, got 10001"],
    [{ queries: [good], limit: 2.5 }, "invalid", "limit: expected 1 to 10000, got 2.5"],
    [{ queries: [good], limit: NaN }, "invalid", "limit: expected 1 to 10000, got NaN"],
    [
      { queries: Array.from({ length: 11 }, () => good), limit: 10_000 },
      "too_large",
      "11 queries with 'limit' 10000 ask for 110000 matches; an answer has up to 100000",
    ],
    [{ queries: [good], filter: { color: 1 } }, "invalid", /^filter\.color: no such column/],
    [
      { queries: [good, Float32Array.of(1)] },
      "document",
      "query 1: the embedding has 1 numbers, the index has 2 ('n_dim')",
    ],
    [
      { queries: [Float32Array.of(NaN, 1)] },
      "document",
      "query 0: number 0 of the embedding is NaN",
    ],
    [{ queries: [Float32Array.of(0, 0)] }, "document", /^query 0: the embedding is zero/],
  ];
  for (const [search, kind, message] of cases) {
    await assert.rejects(indexer.search(search, NEVER), refused(kind, message));
  }
  await assert.rejects(
    indexer.filter({ offset: -1 }, NEVER),
    refused("invalid", /^offset: expected 0 to/),
  );
  await assert.rejects(indexer.filter({ limit: 0 }, NEVER), refused("invalid", /^limit: /));
  assert.equal(indexer.waiting, 0);
});

Deno.test("backups have names, and no paths", async () => {
  const indexer = await newIndexer();
  await indexer.backup("Backup-1.x_y", NEVER);
  await indexer.restore("Backup-1.x_y", NEVER);
  for (const name of ["", "../x", "a/b", ".x", "-x", "a b", "x".repeat(65), "ä", "a\n"]) {
    await assert.rejects(indexer.backup(name, NEVER), refused("invalid", /^backup's name: /));
    await assert.rejects(indexer.restore(name, NEVER), refused("invalid", /^backup's name: /));
  }
});

Deno.test("what waits to be written is bounded, and told", async () => {
  const engine = await openMemoryEngine(shapeOf());
  const gates: (() => void)[] = [];
  const put = engine.put.bind(engine);
  engine.put = async (entries, signal) => {
    await new Promise<void>((resolve) => gates.push(resolve));
    await put(entries, signal);
  };
  const indexer = indexerOver(engine);
  const many = (count: number) => Array.from({ length: count }, (_, i) => document(`d${i}`));
  // What comes first is taken however much it is.
  const first = indexer.index(many(20), NEVER);
  assert.equal(indexer.waiting, 20);
  const busy =
    "The index is busy (20 of 10 documents wait to be written, 'max_queue'): send again later";
  await assert.rejects(indexer.index(many(1), NEVER), refused("overloaded", busy));
  gates.shift()!();
  await first;
  assert.equal(indexer.waiting, 0);
  const both = [indexer.index(many(9), NEVER), indexer.index(many(1), NEVER)];
  await assert.rejects(indexer.index(many(1), NEVER), refused("overloaded", /10 of 10 documents/));
  gates.splice(0).forEach((open) => open());
  await Promise.all(both);
});

Deno.test("an indexer tells what it has done, and what failed", async () => {
  const told: unknown[] = [];
  const observer: IndexObserver = {
    done: (operation, items, ms) => told.push([operation, items, ms >= 0]),
    failed: (operation, kind, ms) => told.push([operation, kind, ms >= 0]),
  };
  const indexer = await newIndexer({ observer });
  await indexer.index([document("a"), document("b")], NEVER);
  await indexer.update([document("a")], NEVER);
  await indexer.search({ queries: [Float32Array.of(1, 0)] }, NEVER);
  await indexer.filter({}, NEVER);
  await indexer.get(["a"], NEVER);
  await indexer.delete(["a", "x"], NEVER);
  await indexer.backup("x", NEVER);
  await indexer.restore("x", NEVER);
  await indexer.clear(NEVER);
  await assert.rejects(indexer.restore("y", NEVER), ClipError);
  await assert.rejects(indexer.index([document("a", [])], NEVER), ClipError);
  await assert.rejects(indexer.search({ queries: [Float32Array.of(1, 0)] }, AbortSignal.abort()));
  assert.deepEqual(told, [
    ["index", 2, true],
    ["update", 1, true],
    ["search", 1, true],
    ["filter", 2, true],
    ["get", 1, true],
    ["delete", 2, true],
    ["backup", 0, true],
    ["restore", 0, true],
    ["clear", 0, true],
    ["restore", "not_found", true],
    ["index", "document", true],
    ["search", "cancelled", true],
  ]);
});

Deno.test("a hundred thousand ids, with some twice, are deleted in slices", async () => {
  const indexer = await newIndexer();
  const ids = Array.from({ length: 200_000 }, (_, i) => `id ${i % 100_000}`);
  let turns = 0;
  const timer = setInterval(() => turns++);
  const missing = await indexer.delete([...ids, "\0", "\0"], NEVER);
  clearInterval(timer);
  assert.ok(turns >= 3, `${turns} turns of the event loop`);
  assert.equal(missing.length, 100_001);
});

Deno.test("a hundred thousand documents are checked in slices, and given up when nobody waits", async () => {
  const indexer = await newIndexer({ shape: shapeOf("cosine", 512) });
  const embedding = new Float32Array(512).fill(0.5);
  const shared = document("", []);
  const documents = Array.from(
    { length: 100_000 },
    (_, i) => ({ ...shared, id: `d${i}`, embedding }),
  );
  documents.at(-1)!.embedding = new Float32Array(3);
  let turns = 0;
  const timer = setInterval(() => turns++);
  await assert.rejects(indexer.index(documents, NEVER), refused("document", /\(index 99999\)/));
  clearInterval(timer);
  assert.ok(turns >= 3, `${turns} turns of the event loop`);
  const controller = new AbortController();
  setTimeout(() => controller.abort());
  await assert.rejects(indexer.index(documents, controller.signal), refused("cancelled", /./));
});
