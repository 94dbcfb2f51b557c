import assert from "node:assert/strict";
import { ThreadedTokenizer } from "../../src/dispatch/threaded_tokenizer.ts";
import { type Executor, ExecutorTable } from "../../src/service/executors.ts";
import { FakeEncoder } from "../support/fake_encoder.ts";

Deno.test("a request is refused unread, and counted once, where every executor would refuse it", () => {
  const encoders = [new FakeEncoder(), new FakeEncoder()];
  const table = new ExecutorTable(encoders.map((encoder, i): Executor => ({
    name: `${i}`,
    models: [],
    accessPaths: "@r",
    encoder,
    tokenizer: new ThreadedTokenizer(),
    batching: { maxTokens: 616, workers: 1 },
    description: {},
  })));
  const counted = () => encoders.reduce((sum, { unread }) => sum + unread, 0);
  encoders[0]!.full = true;
  assert.equal(table.refusal(), undefined);
  assert.equal(counted(), 0);
  encoders[1]!.full = true;
  assert.equal(table.refusal()?.kind, "overloaded");
  assert.equal(counted(), 1);
});
