import assert from "node:assert/strict";
import { type Batch, Replica } from "../../src/dispatch/replica.ts";

const URL_OF_WORKER = new URL("./workers/overtaken_replica.ts", import.meta.url).href;

Deno.test("a replica that died of its second minibatch does not blame the first, whose result was on its way", async () => {
  const died = Promise.withResolvers<readonly Batch[]>();
  const unexpected = () => died.reject(new Error("not expected"));
  const replica = new Replica(0, URL_OF_WORKER, 60_000, {
    gathered: unexpected,
    result: unexpected,
    failed: unexpected,
    died: (_replica, batches) => died.resolve(batches),
  });
  const batch = (id: number): Batch => ({ id, modality: "text", jobs: [], gathered: false });
  replica.run(batch(1));
  replica.run(batch(2));
  assert.deepEqual((await died.promise).map(({ id }) => id), [2, 1]);
});
