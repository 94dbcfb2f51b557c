/** Documents are kept, replaced, removed and listed. */
import assert from "node:assert/strict";
import type { IndexEntry, IndexShape } from "../../../src/index/engine.ts";
import { entry } from "./entries.ts";
import { contractTest, IDS, NEVER, type OpenEngine, WHOLE } from "./opening.ts";

const SHAPE: IndexShape = { dimensions: 2, metric: "cosine", columns: {} };

/** Ids that somebody has. */
export const ODD_IDS = [
  "plain",
  "UPPER",
  "upper",
  'o\'neil "q" `b` \\ ; -- %_',
  "../../etc/passwd",
  "line\nbreak\ttab",
  " spaces ",
  "größe",
  "gro\u0308ße",
  "日本語",
  "\uffff",
  "👩‍👩‍👧",
  "{a,b}",
  "NULL",
  "0",
  "x".repeat(1024),
];

/** Registers the tests. */
export function documentsContract(name: string, open: OpenEngine): void {
  contractTest(`${name}: get() gives back what was put, bit for bit`, open, SHAPE, async (t) => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    await t.put(
      entry("bytes", [0.1, -3.4e38], {}, bytes),
      entry("none", [1e-45, 1], {}, new Uint8Array()),
    );
    const found = await t.engine.get(["none", "unknown", "bytes", "none"], WHOLE, NEVER);
    assert.deepEqual(found.map((one) => one?.id), ["none", undefined, "bytes", "none"]);
    assert.deepEqual([...found[2]!.document!], [...bytes]);
    assert.deepEqual([...found[2]!.embedding!], [...Float32Array.of(0.1, -3.4e38)]);
    assert.deepEqual([...found[0]!.embedding!], [...Float32Array.of(1e-45, 1)]);
    assert.equal(found[0]!.document!.length, 0);
    assert.deepEqual(await t.engine.get(["bytes"], IDS, NEVER), [{ id: "bytes" }]);
  });

  contractTest(`${name}: put() replaces by id, and writes anew`, open, SHAPE, async (t) => {
    await t.put(entry("a", [1, 0]), entry("b", [0, 1]));
    await t.put(entry("a", [0, 1], {}, Uint8Array.of(7)));
    assert.deepEqual(await t.ids(), ["b", "a"]);
    const [hit] = await t.search([1, 0], 10);
    assert.equal(hit!.distance, 1);
    const [a] = await t.engine.get(["a"], WHOLE, NEVER);
    assert.deepEqual([...a!.document!], [7]);
    assert.equal((await t.engine.status(NEVER)).documents, 2);
  });

  contractTest(`${name}: of equal ids in one put() the last counts`, open, SHAPE, async (t) => {
    await t.put(entry("a", [1, 0]), entry("b", [1, 0]), entry("a", [0, 1]), entry("a", [1, 1]));
    assert.deepEqual(await t.ids(), ["b", "a"]);
    const hits = await t.search([1, 1], 10);
    assert.deepEqual(hits.map(({ id }) => id), ["a", "b"]);
    assert.ok(Math.abs(hits[0]!.distance) < 1e-6);
  });

  contractTest(`${name}: update() replaces what is there only`, open, SHAPE, async (t) => {
    await t.put(entry("a", [1, 0]), entry("b", [0, 1]));
    const missing = await t.engine.update(
      [entry("y", [1, 0]), entry("a", [0, 1]), entry("x", [1, 0]), entry("a", [-1, 0])],
      NEVER,
    );
    assert.deepEqual(missing, ["y", "x"]);
    assert.deepEqual(await t.ids(), ["b", "a"]);
    assert.equal((await t.search([-1, 0], 1))[0]!.id, "a");
    assert.deepEqual(await t.engine.update([], NEVER), []);
  });

  contractTest(`${name}: delete() removes, and names what is not there`, open, SHAPE, async (t) => {
    await t.put(entry("a", [1, 0]), entry("b", [0, 1]), entry("c", [1, 1]));
    assert.deepEqual(await t.engine.delete(["z", "a", "y", "c"], NEVER), ["z", "y"]);
    assert.deepEqual(await t.ids(), ["b"]);
    assert.deepEqual((await t.search([1, 0], 10)).map(({ id }) => id), ["b"]);
    assert.deepEqual(await t.engine.delete(["a"], NEVER), ["a"]);
    assert.deepEqual(await t.engine.delete([], NEVER), []);
    await t.put(entry("a", [1, 0]));
    assert.deepEqual(await t.ids(), ["b", "a"]);
  });

  contractTest(`${name}: list() gives pages in the order of writing`, open, SHAPE, async (t) => {
    const entries = Array.from({ length: 25 }, (_, i) => entry(`d${(7 * i) % 25}`, [1, i]));
    await t.put(...entries);
    const ids = entries.map(({ id }) => id);
    const page = async (offset: number, limit: number) => {
      const found = await t.engine.list({ ...IDS, offset, limit }, NEVER);
      return found.map(({ id }) => id);
    };
    assert.deepEqual(await page(0, 10), ids.slice(0, 10));
    assert.deepEqual(await page(10, 10), ids.slice(10, 20));
    assert.deepEqual(await page(20, 10), ids.slice(20));
    assert.deepEqual(await page(25, 10), []);
    assert.deepEqual(await page(1_000_000, 10), []);
    const [whole] = await t.engine.list({ ...WHOLE, offset: 3, limit: 1 }, NEVER);
    assert.deepEqual([...whole!.embedding!], [1, 3]);
    assert.equal(new TextDecoder().decode(whole!.document), ids[3]);
  });

  contractTest(`${name}: what is put stays its caller's`, open, SHAPE, async (t) => {
    const numbers = Float32Array.of(9, 9, 3, 4, 9);
    const bytes = Uint8Array.of(9, 1, 2, 9);
    const embedding = numbers.subarray(2, 4);
    const document = bytes.subarray(1, 3);
    const part: IndexEntry = { id: "part", embedding, document, columns: {} };
    await t.put(part);
    assert.deepEqual([...numbers, ...bytes], [9, 9, 3, 4, 9, 9, 1, 2, 9]);
    numbers.fill(0);
    bytes.fill(0);
    const [kept] = await t.engine.get(["part"], WHOLE, NEVER);
    assert.deepEqual([...kept!.embedding!, ...kept!.document!], [3, 4, 1, 2]);
    const asked = Float32Array.of(1, 1, 3, 4, 1, 1);
    const queries = asked.subarray(2, 4);
    const [hits] = await t.engine.search({ ...WHOLE, queries, limit: 1 }, NEVER);
    assert.equal(hits![0]!.distance, 0);
    assert.deepEqual([...asked], [1, 1, 3, 4, 1, 1]);
  });

  contractTest(`${name}: ids of every spelling are told apart`, open, SHAPE, async (t) => {
    await t.put(...ODD_IDS.map((id, i) => entry(id, [1, i])));
    assert.deepEqual(await t.ids(), ODD_IDS);
    const found = await t.engine.get(ODD_IDS, WHOLE, NEVER);
    assert.deepEqual(found.map((one) => one?.id), ODD_IDS);
    assert.deepEqual(found.map((one) => one?.embedding?.[1]), ODD_IDS.map((_, i) => i));
    assert.deepEqual(await t.engine.delete([...ODD_IDS, "' OR 1=1"], NEVER), ["' OR 1=1"]);
    assert.deepEqual(await t.ids(), []);
  });

  contractTest(`${name}: clear() removes all, and the index goes on`, open, SHAPE, async (t) => {
    await t.put(entry("a", [1, 0]), entry("b", [0, 1]));
    await t.engine.clear(NEVER);
    assert.deepEqual(await t.engine.status(NEVER), { documents: 0, pending: 0 });
    assert.deepEqual(await t.ids(), []);
    assert.deepEqual(await t.search([1, 0], 10), []);
    await t.put(entry("a", [1, 0]));
    assert.deepEqual((await t.search([1, 0], 10)).map(({ id }) => id), ["a"]);
    await t.reopen();
    assert.deepEqual(await t.ids(), ["a"]);
  });

  contractTest(
    `${name}: an empty index answers, and nothing may be put`,
    open,
    SHAPE,
    async (t) => {
      assert.deepEqual(await t.engine.status(NEVER), { documents: 0, pending: 0 });
      assert.deepEqual(await t.search([1, 0], 10), []);
      assert.deepEqual(await t.ids(), []);
      assert.deepEqual(await t.engine.get(["a"], WHOLE, NEVER), [undefined]);
      assert.deepEqual(await t.engine.get([], WHOLE, NEVER), []);
      assert.deepEqual(await t.engine.delete(["a"], NEVER), ["a"]);
      await t.put();
      await t.engine.clear(NEVER);
    },
  );
}
