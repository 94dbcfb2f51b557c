/** Indexes of a size at which searches ask the graph: smaller ones are looked through. */
import assert from "node:assert/strict";
import type { IndexEngine, IndexShape } from "../../../src/index/engine.ts";
import type { Filter } from "../../../src/index/filter/filter.ts";
import { until } from "../../support/until.ts";
import { Clusters, entry, joined, nearest, recall } from "../contract/entries.ts";
import { NEVER, newFolder, openFolder } from "./opening.ts";

const [DIMENSIONS, CENTRES, DOCUMENTS, QUERIES] = [24, 90, 30_000, 25];
const SHAPE: IndexShape = {
  dimensions: DIMENSIONS,
  metric: "cosine",
  columns: { cluster: "int", five: "int" },
};

Deno.test("the graph finds the nearest of tens of thousands, with and without filters", async () => {
  const clusters = new Clusters(11, CENTRES, DIMENSIONS);
  const entries = clusters.many(DOCUMENTS)
    .map((one, i) => entry(`d${i}`, one, { cluster: i % CENTRES, five: i % 5 }));
  const queries = Array.from({ length: QUERIES }, (_, i) => clusters.near(i % 3));
  const filters: Record<string, Filter | undefined> = {
    none: undefined,
    "four fifths": { kind: "neq", column: "five", value: 0 },
    // Nothing near most of the queries is taken, and too many are for all to be looked at first.
    away: { kind: "gt", column: "cluster", value: 2 },
    few: { kind: "eq", column: "five", value: 1 },
  };
  const check = async (engine: IndexEngine, left: typeof entries) => {
    for (const [name, filter] of Object.entries(filters)) {
      const truth = queries.map((query) => nearest("cosine", left, query, 10, filter));
      const request = { queries: joined(queries), limit: 10, documents: false, maxBytes: 0 };
      const hits = await engine.search({ ...request, ...(filter && { filter }) }, NEVER);
      const found = recall(hits, truth);
      assert.ok(found >= 0.98, `${name}: recall ${found}`);
    }
  };
  const folder = newFolder();
  let engine = await openFolder(SHAPE, folder);
  try {
    for (let at = 0; at < DOCUMENTS; at += 5000) {
      await engine.put(entries.slice(at, at + 5000), NEVER);
    }
    // Some are in the graph, some wait.
    await check(engine, entries);
    await until(() => engine.status(NEVER), ({ pending }) => pending === 0);
    await check(engine, entries);
    const left = entries.filter((_, i) => i % 3 !== 0);
    await engine.delete(entries.filter((_, i) => i % 3 === 0).map(({ id }) => id), NEVER);
    await check(engine, left);
    await engine.close();
    engine = await openFolder(SHAPE, folder);
    assert.deepEqual(await engine.status(NEVER), { documents: left.length, pending: 0 });
    await check(engine, left);
    // Most are removed: codes and graph are made anew, smaller.
    const some = left.filter((_, i) => i % 10 === 0);
    const gone = left.filter((_, i) => i % 10 !== 0);
    for (const part of [gone.slice(0, 9000), gone.slice(9000)]) {
      await engine.delete(part.map(({ id }) => id), NEVER);
    }
    await check(engine, some);
    await until(() => engine.status(NEVER), ({ pending }) => pending === 0);
    await check(engine, some);
  } finally {
    await engine.close();
  }
});

Deno.test("the graph finds more than ten, also where lengths differ and count", async () => {
  const shape: IndexShape = { dimensions: 96, metric: "euclidean", columns: {} };
  const clusters = new Clusters(12, 1500, shape.dimensions);
  const entries = clusters.many(30_000)
    .map((one, i) => entry(`d${i}`, one.map((value) => value * (0.2 + (i % 29) / 10))));
  // More are asked for than a cluster has: beyond it there is no structure that a graph could follow.
  const queries = Array.from({ length: QUERIES }, (_, i) => clusters.near(i * 7));
  const engine = await openFolder(shape, newFolder());
  try {
    for (let at = 0; at < entries.length; at += 5000) {
      await engine.put(entries.slice(at, at + 5000), NEVER);
    }
    await until(() => engine.status(NEVER), ({ pending }) => pending === 0);
    const limit = 50;
    const truth = queries.map((query) => nearest("euclidean", entries, query, limit));
    const request = { queries: joined(queries), limit, documents: false, maxBytes: 0 };
    const found = recall(await engine.search(request, NEVER), truth);
    // With one and a half candidates for each it is 0.78.
    assert.ok(found >= 0.84, `recall ${found}`);
  } finally {
    await engine.close();
  }
});
