/** What the log says of requests that want to keep or find documents where nothing keeps any. */
import assert from "node:assert/strict";
import { LogLines } from "../../../support/log_lines.ts";
import { memoryIndexer } from "../../../support/memory_indexer.ts";
import { openAskers } from "./askers.ts";

const DOCS = [{ id: "a", text: "a" }];

Deno.test("that nothing keeps documents is told once", async () => {
  const lines = new LogLines("WARNING");
  await using open = await openAskers({ log: lines.log });
  for (const endpoint of ["/search", "/index", "/search"]) await open.ask(endpoint, { docs: DOCS });
  const [told, ...others] = lines.of();
  assert.match(
    told!.message,
    /^A client calls '\/search', and no executor keeps documents of '\w+'/,
  );
  assert.deepEqual(others, []);
});

Deno.test("whose target_executor leaves the indexer out is told nothing", async () => {
  const lines = new LogLines("WARNING");
  const indexer = await memoryIndexer();
  await using open = await openAskers({ log: lines.log, indexers: [indexer] });
  const { docs: [first] } = await open.ask("/index", { docs: DOCS, target: indexer.encoder });
  assert.notEqual(first!.embedding, undefined);
  const { documents } = await indexer.status(new AbortController().signal);
  assert.equal(documents, 0);
  assert.deepEqual(lines.of(), []);
});
