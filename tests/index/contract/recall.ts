/** The nearest are found among thousands of embeddings that cluster. */
import assert from "node:assert/strict";
import { type IndexEntry, type IndexShape, METRICS } from "../../../src/index/engine.ts";
import type { Filter } from "../../../src/index/filter/filter.ts";
import { until } from "../../support/until.ts";
import { Clusters, entry, nearest, recall } from "./entries.ts";
import { contractTest, NEVER, type Opened, type OpenEngine } from "./opening.ts";

const DIMENSIONS = 32;
const CENTRES = 30;
const DOCUMENTS = 3000;
const QUERIES = 40;
const LEAST_RECALL = 0.98;

/** Registers the tests. */
export function recallContract(name: string, open: OpenEngine): void {
  for (const metric of METRICS) {
    const shape: IndexShape = { dimensions: DIMENSIONS, metric, columns: {} };
    contractTest(
      `${name}: by ${metric} the ten nearest of thousands are found`,
      open,
      shape,
      async (t) => {
        const clusters = new Clusters(6, CENTRES, DIMENSIONS);
        const entries = clusters.many(DOCUMENTS).map((one, i) => entry(`d${i}`, one));
        await put(t, entries);
        const queries = clusters.many(QUERIES);
        const truth = queries.map((query) => nearest(metric, entries, query, 10));
        const found = recall(await t.searchAll(queries, 10), truth);
        assert.ok(found >= LEAST_RECALL, `recall ${found}`);
      },
    );
  }

  const columns = { cluster: "int", half: "int", percent: "int", rare: "int" } as const;
  const shape: IndexShape = { dimensions: DIMENSIONS, metric: "cosine", columns };
  contractTest(
    `${name}: filters of every selectivity find the nearest they take`,
    open,
    shape,
    async (t) => {
      const clusters = new Clusters(7, CENTRES, DIMENSIONS);
      const entries = clusters.many(DOCUMENTS).map((one, i) => {
        const values = { cluster: i % CENTRES, half: i % 2, percent: i % 101, rare: i % 1499 };
        return entry(`d${i}`, one, values);
      });
      await put(t, entries);
      const queries = Array.from({ length: QUERIES }, () => clusters.near(0));
      const filters: Record<string, Filter> = {
        half: { kind: "eq", column: "half", value: 1 },
        percent: { kind: "eq", column: "percent", value: 7 },
        rare: { kind: "eq", column: "rare", value: 7 },
        none: { kind: "eq", column: "rare", value: -1 },
        // Nothing near the queries, which are all of cluster 0, is taken.
        elsewhere: { kind: "eq", column: "cluster", value: 17 },
        away: { kind: "neq", column: "cluster", value: 0 },
      };
      for (const [of, filter] of Object.entries(filters)) {
        const truth = queries.map((query) => nearest("cosine", entries, query, 10, filter));
        const hits = await t.searchAll(queries, 10, filter);
        assert.deepEqual(hits.map(({ length }) => length), truth.map(({ length }) => length), of);
        const found = recall(hits, truth);
        assert.ok(found >= LEAST_RECALL, `${of}: recall ${found}`);
      }
    },
  );

  contractTest(
    `${name}: removed and replaced documents do not hide others`,
    open,
    shape,
    async (t) => {
      const clusters = new Clusters(8, CENTRES, DIMENSIONS);
      const values = { cluster: null, half: null, percent: null, rare: null };
      const first = clusters.many(DOCUMENTS).map((one, i) => entry(`d${i}`, one, values));
      await put(t, first);
      await t.engine.delete(first.slice(0, 1000).map(({ id }) => id), NEVER);
      const moved = clusters.many(1000).map((one, i) => entry(`d${1000 + i}`, one, values));
      await put(t, moved);
      const left = [...first.slice(2000), ...moved];
      const queries = clusters.many(QUERIES);
      const truth = queries.map((query) => nearest("cosine", left, query, 10));
      const found = recall(await t.searchAll(queries, 10), truth);
      assert.ok(found >= LEAST_RECALL, `recall ${found}`);
    },
  );
}

/** Puts them, and waits until the graph has them: what waits is looked at one by one, and always found. */
async function put(t: Opened, entries: readonly IndexEntry[]): Promise<void> {
  await t.put(...entries);
  await until(() => t.engine.status(NEVER), ({ pending }) => pending === 0);
}
