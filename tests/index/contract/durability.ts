/** What was answered stays: over closing, copies, other shapes. */
import assert from "node:assert/strict";
import { ClipError, type ErrorKind } from "../../../src/errors.ts";
import { MAX_BACKUPS } from "../../../src/index/bounds.ts";
import type { IndexShape } from "../../../src/index/engine.ts";
import { Clusters, entry, nearest } from "./entries.ts";
import { contractTest, IDS, NEVER, type OpenEngine, WHOLE } from "./opening.ts";

const SHAPE: IndexShape = { dimensions: 2, metric: "cosine", columns: { n: "int" } };

/** Registers the tests. */
export function durabilityContract(name: string, open: OpenEngine): void {
  contractTest(`${name}: an index that is opened again has everything`, open, SHAPE, async (t) => {
    await t.put(entry("a", [1, 0], { n: 1 }), entry("b", [0, 1], { n: 2 }), entry("c", [1, 1]));
    await t.engine.delete(["c"], NEVER);
    await t.put(entry("a", [1, 1], { n: 3 }));
    await t.reopen();
    assert.deepEqual(await t.ids(), ["b", "a"]);
    assert.deepEqual((await t.search([2, 2], 10)).map(({ id }) => id), ["a", "b"]);
    assert.deepEqual(await t.ids({ kind: "eq", column: "n", value: 3 }), ["a"]);
    const [b] = await t.engine.get(["b"], WHOLE, NEVER);
    assert.deepEqual([...b!.embedding!], [0, 1]);
    await t.put(entry("d", [1, 0], { n: 4 }));
    await t.reopen();
    assert.deepEqual(await t.ids(), ["b", "a", "d"]);
  });

  const large: IndexShape = { dimensions: 16, metric: "cosine", columns: {} };
  contractTest(
    `${name}: one of many documents is searched the same after opening again`,
    open,
    large,
    async (t) => {
      const clusters = new Clusters(2, 20, 16);
      const entries = clusters.many(1500).map((embedding, i) => entry(`d${i}`, embedding));
      await t.put(...entries);
      await t.engine.delete(entries.slice(0, 500).map(({ id }) => id), NEVER);
      await t.reopen();
      assert.equal((await t.engine.status(NEVER)).documents, 1000);
      const queries = clusters.many(20);
      const hits = await t.searchAll(queries, 1);
      for (const [i, query] of queries.entries()) {
        assert.equal(hits[i]![0]!.id, nearest("cosine", entries.slice(500), query, 1)[0]!.id);
      }
    },
  );

  contractTest(
    `${name}: a column that comes later is empty in what was there`,
    open,
    SHAPE,
    async (t) => {
      await t.put(entry("old", [1, 0], { n: 1 }));
      const columns = { n: "int", brand: "str" } as const;
      await t.reopen({ ...SHAPE, columns });
      assert.deepEqual(await t.ids({ kind: "neq", column: "brand", value: "acme" }), []);
      assert.deepEqual(await t.ids({ kind: "nin", column: "brand", values: [] }), []);
      assert.deepEqual(await t.ids({ kind: "eq", column: "n", value: 1 }), ["old"]);
      await t.put(entry("new", [1, 0], { n: 2, brand: "acme" }));
      assert.deepEqual(await t.ids({ kind: "eq", column: "brand", value: "acme" }), ["new"]);
      await t.put(entry("old", [1, 0], { n: 1, brand: "zeta" }));
      assert.deepEqual(await t.ids({ kind: "neq", column: "brand", value: "acme" }), ["old"]);
    },
  );

  contractTest(
    `${name}: a column that is no longer declared does no harm`,
    open,
    SHAPE,
    async (t) => {
      await t.put(entry("a", [1, 0], { n: 1 }));
      await t.reopen({ ...SHAPE, columns: {} });
      await t.put(entry("b", [1, 1]));
      assert.deepEqual(await t.ids(), ["a", "b"]);
    },
  );

  for (
    const [what, shape] of [
      ["dimensions", { ...SHAPE, dimensions: 3 }],
      ["metric", { ...SHAPE, metric: "euclidean" }],
      ["type of a column", { ...SHAPE, columns: { n: "str" } }],
    ] as const satisfies [string, IndexShape][]
  ) {
    contractTest(`${name}: another ${what} is refused at the opening`, open, SHAPE, async (t) => {
      await t.put(entry("a", [1, 0], { n: 1 }));
      await assert.rejects(t.reopen(shape), kind("config"));
      await t.reopen();
      assert.deepEqual(await t.ids(), ["a"]);
    });
  }

  contractTest(`${name}: restore() brings back what backup() copied`, open, SHAPE, async (t) => {
    await t.put(entry("a", [1, 0], { n: 1 }), entry("b", [0, 1], { n: 2 }));
    await t.engine.backup("first", NEVER);
    await t.put(entry("a", [0, 1], { n: 7 }), entry("c", [1, 1], { n: 3 }));
    await t.engine.delete(["b"], NEVER);
    await t.engine.backup("Second.2-x_y", NEVER);
    await t.engine.restore("first", NEVER);
    assert.deepEqual(await t.ids(), ["a", "b"]);
    assert.deepEqual(await t.ids({ kind: "eq", column: "n", value: 1 }), ["a"]);
    const [hit] = await t.search([1, 0], 1);
    assert.deepEqual([hit!.id, hit!.distance], ["a", 0]);
    await t.put(entry("d", [0, -1], { n: 4 }));
    assert.deepEqual(await t.ids(), ["a", "b", "d"]);
    await t.engine.restore("Second.2-x_y", NEVER);
    assert.deepEqual(await t.ids(), ["a", "c"]);
    await t.reopen();
    assert.deepEqual(await t.ids(), ["a", "c"]);
    await t.engine.restore("first", NEVER);
    assert.deepEqual(await t.ids(), ["a", "b"]);
    assert.equal((await t.engine.status(NEVER)).documents, 2);
  });

  contractTest(
    `${name}: a backup of the same name replaces, clear() leaves it`,
    open,
    SHAPE,
    async (t) => {
      await t.put(entry("a", [1, 0]));
      await t.engine.backup("copy", NEVER);
      await t.put(entry("b", [1, 0]));
      await t.engine.backup("copy", NEVER);
      await t.engine.clear(NEVER);
      await t.engine.restore("copy", NEVER);
      assert.deepEqual(await t.ids(), ["a", "b"]);
    },
  );

  contractTest(`${name}: there are so many backups, and no more`, open, SHAPE, async (t) => {
    await t.put(entry("a", [1, 0]));
    for (let i = 0; i < MAX_BACKUPS; i++) await t.engine.backup(`b${i}`, NEVER);
    await assert.rejects(t.engine.backup("one-more", NEVER), kind("invalid"));
    await assert.rejects(t.engine.restore("one-more", NEVER), kind("not_found"));
    await t.put(entry("b", [1, 0]));
    await t.engine.backup("b7", NEVER);
    await t.engine.clear(NEVER);
    await t.engine.restore("b7", NEVER);
    assert.deepEqual(await t.ids(), ["a", "b"]);
  });

  contractTest(`${name}: a backup that is not there changes nothing`, open, SHAPE, async (t) => {
    await t.put(entry("a", [1, 0]));
    await assert.rejects(t.engine.restore("never", NEVER), kind("not_found"));
    assert.deepEqual(await t.ids(), ["a"]);
  });

  contractTest(`${name}: a backup from before a column leaves it empty`, open, SHAPE, async (t) => {
    await t.put(entry("a", [1, 0], { n: 1 }));
    await t.engine.backup("before", NEVER);
    await t.reopen({ ...SHAPE, columns: { n: "int", brand: "str" } });
    await t.put(entry("a", [1, 0], { n: 1, brand: "acme" }));
    await t.engine.restore("before", NEVER);
    assert.deepEqual(await t.ids({ kind: "nin", column: "brand", values: [] }), []);
    assert.deepEqual(await t.ids({ kind: "eq", column: "n", value: 1 }), ["a"]);
  });

  contractTest(
    `${name}: what is cancelled before it begins is not done`,
    open,
    SHAPE,
    async (t) => {
      await t.put(entry("a", [1, 0]));
      const gone = AbortSignal.abort();
      const late = AbortSignal.abort(new ClipError("deadline", "Too late"));
      const queries = Float32Array.of(1, 0);
      for (const [signal, expected] of [[gone, "cancelled"], [late, "deadline"]] as const) {
        const { engine } = t;
        const calls = [
          () => engine.put([entry("b", [1, 0])], signal),
          () => engine.update([entry("a", [0, 1])], signal),
          () => engine.delete(["a"], signal),
          () => engine.clear(signal),
          () => engine.search({ ...IDS, queries, limit: 1 }, signal),
          () => engine.list({ ...IDS, limit: 1, offset: 0 }, signal),
          () => engine.get(["a"], IDS, signal),
          () => engine.backup("x", signal),
          () => engine.restore("x", signal),
        ];
        for (const call of calls) await assert.rejects(call, kind(expected), `${call}`);
      }
      assert.deepEqual(await t.ids(), ["a"]);
      const [hit] = await t.search([1, 0], 1);
      assert.equal(hit!.distance, 0);
      await assert.rejects(t.engine.restore("x", NEVER), kind("not_found"));
    },
  );

  contractTest(
    `${name}: an index that is closed says so, and closes twice`,
    open,
    SHAPE,
    async (t) => {
      await t.put(entry("a", [1, 0]));
      await t.engine.close();
      await assert.rejects(t.engine.put([entry("b", [1, 0])], NEVER), kind("unavailable"));
      await assert.rejects(t.engine.get(["a"], IDS, NEVER), kind("unavailable"));
      await t.engine.close();
      await t.reopen();
      assert.deepEqual(await t.ids(), ["a"]);
    },
  );
}

function kind(expected: ErrorKind): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ClipError, String(error));
    assert.equal(error.kind, expected, error.message);
    return true;
  };
}
