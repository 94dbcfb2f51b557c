/** Many documents, and many who ask at once. */
import assert from "node:assert/strict";
import { ClipError } from "../../../src/errors.ts";
import type { IndexShape } from "../../../src/index/engine.ts";
import { Clusters, entry } from "./entries.ts";
import { contractTest, IDS, NEVER, type OpenEngine } from "./opening.ts";

const SHAPE: IndexShape = { dimensions: 8, metric: "euclidean", columns: { batch: "int" } };

/** Registers the tests. */
export function loadContract(name: string, open: OpenEngine): void {
  contractTest(`${name}: thousands of documents are put at once`, open, SHAPE, async (t) => {
    const embeddings = new Clusters(3, 50, 8).many(10_000);
    await t.put(...embeddings.map((embedding, i) => entry(`d${i}`, embedding, { batch: i % 2 })));
    assert.equal((await t.engine.status(NEVER)).documents, 10_000);
    assert.equal((await t.ids({ kind: "eq", column: "batch", value: 1 })).length, 5000);
    for (const i of [0, 4321, 9999]) {
      const [hit] = await t.search(embeddings[i]!, 1);
      assert.deepEqual([hit!.id, hit!.distance], [`d${i}`, 0]);
    }
    const ids = embeddings.map((_, i) => `d${i}`);
    const found = await t.engine.get(ids, IDS, NEVER);
    assert.deepEqual(found.map((one) => one?.id), ids);
    assert.deepEqual(await t.engine.delete(ids.slice(1), NEVER), []);
    assert.deepEqual(await t.ids(), ["d0"]);
  });

  contractTest(
    `${name}: what put() has answered is found, whoever else writes`,
    open,
    SHAPE,
    async (t) => {
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        const clusters = new Clusters(100 + writer, 3, 8);
        for (let round = 0; round < 15; round++) {
          const embeddings = clusters.many(5);
          const own = embeddings.map((embedding, i) => entry(`${writer}/${round}/${i}`, embedding));
          await t.put(...own);
          const hits = await t.searchAll(embeddings, 1);
          assert.deepEqual(hits.map(([hit]) => hit!.id), own.map(({ id }) => id));
          const [first, ...rest] = own;
          assert.deepEqual(await t.engine.delete([first!.id], NEVER), []);
          const after = await t.searchAll([embeddings[0]!], 1);
          assert.notEqual(after[0]![0]?.id, first!.id);
          assert.equal((await t.engine.get([rest[0]!.id], IDS, NEVER))[0]!.id, rest[0]!.id);
        }
      });
      await Promise.all(writers);
      assert.equal((await t.engine.status(NEVER)).documents, 8 * 15 * 4);
    },
  );

  contractTest(`${name}: a put() is seen whole or not at all`, open, SHAPE, async (t) => {
    const embeddings = new Clusters(4, 10, 8).many(1000);
    let writing = true;
    const write = async () => {
      for (let batch = 0; batch < 5; batch++) {
        const size = batch % 2 === 0 ? embeddings : embeddings.slice(0, 10);
        await t.put(...size.map((embedding, i) => entry(`d${i}`, embedding, { batch })));
      }
      writing = false;
    };
    const seen = new Set<string>();
    const read = async () => {
      // Once more at the end: who is slow may have seen nothing but the beginning.
      for (let isLast = false; !isLast;) {
        isLast = !writing;
        seen.add(String((await t.ids()).length));
        const { documents } = await t.engine.status(NEVER);
        seen.add(String(documents));
      }
    };
    await Promise.all([write(), read(), read()]);
    seen.delete("0");
    assert.deepEqual([...seen], ["1000"]);
  });

  contractTest(
    `${name}: a write that is given up is done whole or not at all`,
    open,
    SHAPE,
    async (t) => {
      const embeddings = new Clusters(6, 10, 8).many(500);
      const entries = embeddings.map((embedding, i) => entry(`d${i}`, embedding, { batch: 0 }));
      // At once, a moment later, and when it may be done.
      for (const turns of [0, 1, 2, 5, 20, 100]) {
        await t.engine.clear(NEVER);
        const controller = new AbortController();
        const writing = t.engine.put(entries, controller.signal).then(() => true, (error) => {
          assert.ok(error instanceof ClipError && error.kind === "cancelled", String(error));
          return false;
        });
        for (let turn = 0; turn < turns; turn++) await new Promise((go) => setTimeout(go));
        controller.abort();
        const done = await writing;
        assert.equal((await t.ids()).length, done ? 500 : 0);
        await t.put(entry("after", embeddings[0]!));
        assert.equal((await t.search(embeddings[0]!, 1))[0]!.distance, 0);
      }
    },
  );

  contractTest(`${name}: a backup is of one moment`, open, SHAPE, async (t) => {
    const embeddings = new Clusters(7, 10, 8).many(200);
    const pair = (i: number) => {
      const both = embeddings.slice(2 * i, 2 * i + 2);
      return both.map((embedding, half) => entry(`d${2 * i + half}`, embedding, { batch: i }));
    };
    await t.put(...pair(0));
    const writing = Promise.all(Array.from({ length: 99 }, (_, i) => t.put(...pair(i + 1))));
    await t.engine.backup("moment", NEVER);
    await writing;
    assert.equal((await t.ids()).length, 200);
    await t.engine.restore("moment", NEVER);
    const ids = await t.ids();
    assert.ok(ids.length >= 2 && ids.length % 2 === 0, `${ids.length} documents`);
    const kept = new Set(ids);
    for (let i = 0; i < 200; i += 2) assert.equal(kept.has(`d${i}`), kept.has(`d${i + 1}`));
    for (const [i, embedding] of embeddings.entries()) {
      const [hit] = await t.search(embedding, 1);
      assert.equal(hit!.distance === 0, kept.has(`d${i}`));
    }
  });

  contractTest(`${name}: the same id from many writers is there once`, open, SHAPE, async (t) => {
    const [embedding] = new Clusters(5, 1, 8).many(1);
    const both = (round: number) => [
      entry("one", embedding!, { batch: round }),
      entry("two", embedding!, { batch: round }),
    ];
    // In two orders, as deadlocks come.
    await Promise.all(
      Array.from({ length: 40 }, (_, i) => t.put(...i % 2 ? both(i) : both(i).reverse())),
    );
    assert.deepEqual((await t.ids()).sort(), ["one", "two"]);
    assert.equal((await t.engine.status(NEVER)).documents, 2);
    assert.equal((await t.search(embedding!, 10)).length, 2);
  });
}
