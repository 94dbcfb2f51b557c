/** Searches of many queries, which nobody else waits for. */
import assert from "node:assert/strict";
import { ClipError } from "../../../src/errors.ts";
import type { IndexShape } from "../../../src/index/engine.ts";
import { Clusters, entry, joined } from "../contract/entries.ts";
import { NEVER, newFolder, openFolder } from "./opening.ts";

const SHAPE: IndexShape = { dimensions: 24, metric: "cosine", columns: {} };

Deno.test("a long search keeps neither writes nor other searches waiting, and finds the same", async () => {
  const clusters = new Clusters(3, 20, SHAPE.dimensions);
  const engine = await openFolder(SHAPE, newFolder());
  try {
    await engine.put(clusters.many(2000).map((one, i) => entry(`d${i}`, one)), NEVER);
    const queries = clusters.many(3000);
    const request = { limit: 5, documents: false, maxBytes: 0 };
    const ended: string[] = [];
    const long = engine.search({ ...request, queries: joined(queries) }, NEVER)
      .finally(() => ended.push("long"));
    const write = engine.put([entry("new", clusters.near(0))], NEVER)
      .finally(() => ended.push("write"));
    await write;
    const one = await engine.search({ ...request, queries: queries.at(-1)! }, NEVER)
      .finally(() => ended.push("short"));
    const hits = await long;
    assert.deepEqual(ended, ["write", "short", "long"]);
    assert.equal(hits.length, queries.length);
    assert.deepEqual(hits.at(-1), one[0]);
  } finally {
    await engine.close();
  }
});

Deno.test("the bytes of an answer are those of all its queries", async () => {
  const engine = await openFolder(SHAPE, newFolder());
  try {
    const clusters = new Clusters(3, 20, SHAPE.dimensions);
    const entries = clusters.many(10).map((one, i) => entry(`d${i}`, one));
    await engine.put(entries, NEVER);
    const size = entries[0]!.embedding.byteLength + entries[0]!.document.length;
    const queries = joined(clusters.many(100));
    const request = { queries, limit: 1, documents: true };
    const search = (maxBytes: number) => engine.search({ ...request, maxBytes }, NEVER);
    assert.equal((await search(100 * (size + 8))).length, 100);
    await assert.rejects(
      search(90 * size),
      (error) =>
        error instanceof ClipError && error.kind === "too_large" &&
        error.message.includes(`larger than ${90 * size} bytes`),
    );
  } finally {
    await engine.close();
  }
});
