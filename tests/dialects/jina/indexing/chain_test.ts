/** Which executors serve: by target, by model, and where the flow has no indexer. */
import assert from "node:assert/strict";
import { ClipError } from "../../../../src/errors.ts";
import { chooseChain } from "../../../../src/dialects/jina/indexing/chain.ts";
import { readNumbers } from "../../../../src/dialects/jina/document/nd_array.ts";
import type { Executor } from "../../../../src/service/executors.ts";
import { ExecutorTable } from "../../../../src/service/executors.ts";
import { IndexerTable } from "../../../../src/service/indexers.ts";
import { LogLines } from "../../../support/log_lines.ts";
import { memoryIndexer } from "../../../support/memory_indexer.ts";
import { embedded, matchIds, openAskers } from "./askers.ts";

Deno.test("target_executor leaves the indexer out, or the encoder", async (t) => {
  await using open = await openAskers({ indexers: [await memoryIndexer()] });
  for (const [protocol, ask] of open.askers) {
    await t.step(protocol, async () => {
      await ask("/clear");
      const docs = [{ ...embedded("mine", [0, 0, 0, 1]), text: "a" }];
      const only = await ask("/index", { docs, target: "clip_t" });
      assert.deepEqual([...readNumbers(only.docs[0]!.embedding!)], [1, 1, 2, 3]);
      assert.deepEqual(only.routes.map(({ executor }) => executor), ["gateway", "clip_t"]);
      assert.equal((await ask("/filter")).docs.length, 0, "nothing is kept");

      const ready = await ask("/index", { docs, target: "ind.*" });
      assert.equal(ready.status, undefined);
      assert.deepEqual(ready.routes.map(({ executor }) => executor), ["gateway", "indexer"]);
      assert.deepEqual([...readNumbers(ready.docs[0]!.embedding!)], [0, 0, 0, 1]);
      const found = await ask("/search", { docs: [embedded("q", [0, 0, 0, 2])] });
      assert.deepEqual(matchIds(found), [["mine"]]);

      const none = await ask("/index", { docs: [{ id: "x", text: "a" }], target: "indexer" });
      assert.match(none.status!.description, /'x'.*'targetExecutor' leaves the encoder out/);
      const nobody = await ask("/search", { docs, target: "nope" });
      assert.match(nobody.status?.description ?? "", /'nope'.*clip_t, indexer/);
      const both = await ask("/search", { docs, target: "clip|ind" });
      assert.equal(both.routes.length, 3);
    });
  }
});

Deno.test("without an indexer everything embeds, and the log says once what is missing", async () => {
  const lines = new LogLines("INFO");
  await using open = await openAskers({ log: lines.log });
  for (const endpoint of ["/index", "/index/any", "/search", "/delete", "/status", "/clear"]) {
    for (const [, ask] of open.askers) {
      const { docs, routes, status } = await ask(endpoint, { docs: [{ id: "a", text: "a" }] });
      assert.equal(status, undefined);
      assert.deepEqual([...readNumbers(docs[0]!.embedding!)], [1, 1, 2, 3]);
      assert.deepEqual(routes.map(({ executor }) => executor), ["gateway", "clip_t"]);
    }
  }
  const told = lines.of().filter(({ message }) => message.includes("AnnLiteIndexer"));
  assert.equal(told.length, 1, JSON.stringify(told));
  assert.match(told[0]!.message, /'\/index'.*'clip_t'/);
});

/** Three encoders; the second and the third have indexers. */
async function threePairs() {
  const executor = (name: string) => ({ name, models: [`model-${name}`] }) as unknown as Executor;
  const indexers = await Promise.all(
    ["two", "three"].map((encoder) => memoryIndexer({ name: `index-${encoder}`, encoder })),
  );
  return {
    executors: new ExecutorTable(["one", "two", "three"].map(executor)),
    indexers: new IndexerTable(indexers),
  };
}

Deno.test("the model or the target chooses among several pairs", async () => {
  const service = await threePairs();
  const chosen = (model?: string, target?: string) => {
    const { encoder, indexer } = chooseChain(service, { operation: "search" }, model, target);
    return [encoder?.name, indexer?.name];
  };
  assert.deepEqual(chosen(), ["two", "index-two"]);
  assert.deepEqual(chosen("model-three"), ["three", "index-three"]);
  assert.deepEqual(chosen("index-three"), ["three", "index-three"]);
  assert.deepEqual(chosen("one"), ["one", undefined]);
  assert.deepEqual(chosen(undefined, "index-three"), [undefined, "index-three"]);
  assert.deepEqual(chosen(undefined, "(index-)?three"), ["three", "index-three"]);
  assert.deepEqual(chosen(undefined, "one"), ["one", undefined]);
  assert.deepEqual(chosen("three", "index-.*"), [undefined, "index-three"]);
  assert.throws(() => chosen("nope"), (error) => (error as ClipError).kind === "not_found");
  assert.throws(() => chosen("two", "three"), /No executor of model 'two' is called 'three'/);
  const alone = chooseChain(service, {}, undefined, undefined);
  assert.deepEqual([alone.encoder?.name, alone.indexer], ["one", undefined]);
});
