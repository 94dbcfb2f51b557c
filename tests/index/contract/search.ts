/** Searches find what is nearest, in order, with exact distances. */
import assert from "node:assert/strict";
import { ClipError } from "../../../src/errors.ts";
import { type IndexShape, METRICS } from "../../../src/index/engine.ts";
import { Clusters, entry, nearest } from "./entries.ts";
import { contractTest, IDS, NEVER, type OpenEngine, WHOLE } from "./opening.ts";

const SHAPE: IndexShape = { dimensions: 2, metric: "cosine", columns: {} };

/** Registers the tests. */
export function searchContract(name: string, open: OpenEngine): void {
  for (const metric of METRICS) {
    const shape: IndexShape = { dimensions: 24, metric, columns: {} };
    contractTest(
      `${name}: distances by ${metric} are exact, nearest first`,
      open,
      shape,
      async (t) => {
        const clusters = new Clusters(1, 5, 24);
        const entries = clusters.many(200).map((embedding, i) => entry(`d${i}`, embedding));
        await t.put(...entries);
        for (const query of clusters.many(10)) {
          const hits = await t.search(query, 20);
          const truth = nearest(metric, entries, query, 20);
          assert.deepEqual(hits.map(({ id }) => id), truth.map(({ id }) => id));
          hits.forEach((hit, i) => {
            const difference = Math.abs(hit.distance - truth[i]!.distance);
            assert.ok(difference <= 1e-6 * Math.max(1, Math.abs(hit.distance)), `${difference}`);
          });
        }
      },
    );
  }

  contractTest(`${name}: cosine does not see how long an embedding is`, open, SHAPE, async (t) => {
    const lengths = [1e-30, 1e-6, 1, 1e6, 1e30];
    await t.put(
      ...lengths.map((length, i) => entry(`near${i}`, [length, length * i / 100])),
      ...lengths.map((length, i) => entry(`far${i}`, [-length, length])),
    );
    for (const length of lengths) {
      const hits = await t.search([length, 0], 5);
      assert.deepEqual(hits.map(({ id }) => id), ["near0", "near1", "near2", "near3", "near4"]);
      assert.ok(Math.abs(hits[0]!.distance) < 1e-6);
      assert.ok(Math.abs(hits[4]!.distance - (1 - 1 / Math.hypot(1, 0.04))) < 1e-6);
    }
  });

  const far: IndexShape = { dimensions: 2, metric: "euclidean", columns: {} };
  contractTest(`${name}: long embeddings have euclidean distances`, open, far, async (t) => {
    await t.put(entry("a", [60_000, 0]), entry("b", [0, 60_000]), entry("zero", [0, 0]));
    const hits = await t.search([60_000, 60_000], 3);
    assert.deepEqual(hits.map(({ id, distance }) => [id, Math.round(distance)]), [
      ["a", 60_000],
      ["b", 60_000],
      ["zero", 84_853],
    ]);
  });

  contractTest(
    `${name}: what is nearer by less than float32 tells is nearer`,
    open,
    far,
    async (t) => {
      await t.put(entry("a", [1000, 0.001]), entry("b", [1000, 0]), entry("c", [1000, -0.0005]));
      const hits = await t.search([0, 0], 3);
      assert.deepEqual(hits.map(({ id }) => id), ["b", "c", "a"]);
    },
  );

  const inner: IndexShape = { dimensions: 2, metric: "inner_product", columns: {} };
  contractTest(`${name}: inner products may be less than none`, open, inner, async (t) => {
    await t.put(entry("zero", [0, 0]), entry("one", [1, 0]), entry("ten", [10, 0]));
    const hits = await t.search([2, 0], 3);
    assert.deepEqual(hits.map(({ id, distance }) => [id, distance]), [
      ["ten", -19],
      ["one", -1],
      ["zero", 1],
    ]);
  });

  contractTest(
    `${name}: equally near documents come by id, as UTF-8 is ordered`,
    open,
    SHAPE,
    async (t) => {
      const ids = ["z", "a", "B", "é", "\uffff", "😀", "aa", "10", "9"];
      await t.put(...ids.map((id) => entry(id, [1, 2])), entry("far", [2, -1]));
      const hits = await t.search([2, 4], 20);
      const sorted = ["10", "9", "B", "a", "aa", "z", "é", "\uffff", "😀", "far"];
      assert.deepEqual(hits.map(({ id }) => id), sorted);
    },
  );

  contractTest(
    `${name}: a limit over the number of documents gives all`,
    open,
    SHAPE,
    async (t) => {
      await t.put(entry("a", [1, 0]), entry("b", [0, 1]));
      assert.equal((await t.search([1, 0], 10_000)).length, 2);
      assert.equal((await t.search([1, 0], 1)).length, 1);
    },
  );

  contractTest(`${name}: many queries are answered as each alone`, open, SHAPE, async (t) => {
    await t.put(
      ...Array.from({ length: 50 }, (_, i) => entry(`d${i}`, [Math.cos(i), Math.sin(i)])),
    );
    const queries = Array.from({ length: 40 }, (_, i) => Float32Array.of(1, i / 10));
    const together = await t.searchAll(queries, 7);
    assert.equal(together.length, 40);
    for (const [i, query] of queries.entries()) {
      const [alone] = await t.searchAll([query], 7);
      assert.deepEqual(together[i], alone);
    }
    assert.deepEqual(await t.searchAll([], 7), []);
  });

  contractTest(
    `${name}: hits carry documents and embeddings if asked to`,
    open,
    SHAPE,
    async (t) => {
      await t.put(entry("a", [3, 4]));
      const [whole] = await t.search([3, 4], 1);
      assert.deepEqual([...whole!.embedding!], [3, 4]);
      assert.equal(new TextDecoder().decode(whole!.document), "a");
      const [[bare]] = await t.searchAll([Float32Array.of(3, 4)], 1) as [[object]];
      assert.deepEqual(Object.keys(bare).sort(), ["distance", "id"]);
    },
  );

  contractTest(
    `${name}: an answer over maxBytes is refused, ids are always given`,
    open,
    SHAPE,
    async (t) => {
      await t.put(...["a", "b", "c"].map((id) => entry(id, [1, 0], {}, new Uint8Array(92))));
      // Each is 92 bytes of document and 8 of embedding.
      const queries = Float32Array.of(1, 0);
      const tooLarge = (error: unknown) => error instanceof ClipError && error.kind === "too_large";
      const within = { documents: true, maxBytes: 300 };
      const beyond = { documents: true, maxBytes: 299 };
      const [hits] = await t.engine.search({ ...within, queries, limit: 10 }, NEVER);
      assert.equal(hits!.length, 3);
      assert.equal((await t.engine.list({ ...within, limit: 10, offset: 0 }, NEVER)).length, 3);
      assert.equal((await t.engine.get(["a", "b", "c"], within, NEVER)).length, 3);
      await assert.rejects(t.engine.search({ ...beyond, queries, limit: 10 }, NEVER), tooLarge);
      await assert.rejects(t.engine.list({ ...beyond, limit: 10, offset: 0 }, NEVER), tooLarge);
      await assert.rejects(t.engine.get(["a", "b", "c"], beyond, NEVER), tooLarge);
      const two = Float32Array.of(1, 0, 1, 0);
      await assert.rejects(t.engine.search({ ...within, queries: two, limit: 2 }, NEVER), tooLarge);
      const [bare] = await t.engine.search({ ...IDS, queries, limit: 10 }, NEVER);
      assert.equal(bare!.length, 3);
      assert.equal((await t.engine.get(["a"], WHOLE, NEVER))[0]!.document!.length, 92);
    },
  );
}
