import assert from "node:assert/strict";
import type { Indexer } from "../../src/index/indexer.ts";
import { IndexerTable } from "../../src/service/indexers.ts";

const indexer = (name: string, encoder: string) => ({ name, encoder }) as Indexer;

Deno.test("an indexer is found by its name, by its encoder, or as the first", () => {
  const a = indexer("a", "clip_a");
  const b = indexer("b", "clip_b");
  const table = new IndexerTable([a, b]);
  assert.equal(table.first, a);
  assert.equal(table.named("b"), b);
  assert.equal(table.ofEncoder("clip_b"), b);
  assert.equal(table.named("clip_b"), undefined);
  assert.equal(table.ofEncoder("b"), undefined);
});

Deno.test("a table knows that there will be indexers before they are open", () => {
  const open: Indexer[] = [];
  const table = new IndexerTable(open, 1);
  assert.equal(table.some, true);
  assert.equal(table.named("a"), undefined);
  open.push(indexer("a", "clip"));
  assert.deepEqual(table.all.map(({ name }) => name), ["a"]);
  assert.equal(new IndexerTable().some, false);
});
