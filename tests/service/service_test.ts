import assert from "node:assert/strict";
import { ThreadedTokenizer } from "../../src/dispatch/threaded_tokenizer.ts";
import { ClipError } from "../../src/errors.ts";
import { type Executor, ExecutorTable } from "../../src/service/executors.ts";
import { Service } from "../../src/service/service.ts";
import { FetchedBytes } from "../../src/service/uri/fetched_bytes.ts";
import { FakeEncoder } from "../support/fake_encoder.ts";

const context = { signal: new AbortController().signal };

function executorOf(): Executor {
  return {
    name: "clip",
    models: [],
    accessPaths: "@r",
    encoder: new FakeEncoder(),
    tokenizer: new ThreadedTokenizer(),
    batching: { maxTokens: 616, workers: 1 },
    description: {},
  };
}

/** A service whose URIs lead to what `load` gives. */
function serviceOf(load: (uri: string) => Promise<Uint8Array>, ofRequest: number, ofAll: number) {
  const executor = executorOf();
  const executors = new ExecutorTable([executor]);
  const fetched = new FetchedBytes({ ofRequest, ofAll });
  const service = new Service({ executors, uris: { load }, fetched, timeoutMs: 0 });
  const encode = (...uris: string[]) =>
    service.encode(uris.map((uri) => ({ uri })), executor, context);
  return { fetched, encode };
}

const file = (bytes: number) => () => Promise.resolve(new Uint8Array(bytes));

Deno.test("encode() fetches no more for a request than it may hold", async () => {
  let asked = 0;
  const { fetched, encode } = serviceOf(() => (asked++, file(400)()), 1000, 10_000);
  const results = await encode(...Array.from({ length: 1000 }, (_, i) => `${i}`));
  const bad = results.filter((result) => result instanceof ClipError);
  assert.equal(bad.length, 998);
  assert.equal((bad[0] as ClipError).kind, "document");
  assert.match((bad[0] as ClipError).message, /more than 1000 bytes \('max_message_bytes'\)/);
  assert.ok(asked < 1000, `${asked}`);
  assert.equal(fetched.held, 0);
});

Deno.test("encode() refuses a request when the files of all hold too much", async () => {
  const slow = Promise.withResolvers<Uint8Array>();
  const { fetched, encode } = serviceOf(
    (uri) => uri === "slow" ? slow.promise : file(400)(),
    1000,
    1000,
  );
  const first = encode("a", "b", "slow");
  while (fetched.held < 800) await Promise.resolve();
  await assert.rejects(encode("c"), { kind: "overloaded", message: /'max_held_bytes'/ });
  slow.resolve(new Uint8Array(1));
  assert.equal((await first).length, 3);
  assert.equal(fetched.held, 0);
  assert.ok((await encode("c"))[0] instanceof Float32Array);
});

Deno.test("encode() holds nothing of a request that failed while it was fetched for", async () => {
  const late = Promise.withResolvers<Uint8Array>();
  const gone = new ClipError("cancelled", "gone");
  const { fetched, encode } = serviceOf(
    (uri) => uri === "late" ? late.promise : Promise.reject(gone),
    1000,
    1000,
  );
  await assert.rejects(encode("late", "gone"), { kind: "cancelled" });
  late.resolve(new Uint8Array(10));
  await late.promise;
  await Promise.resolve();
  assert.equal(fetched.held, 0);
});

Deno.test("encode() fetches a URI that is named often once, and not all URIs at a time", async () => {
  let asked = 0;
  let inside = 0;
  let most = 0;
  const { encode } = serviceOf(
    async () => {
      asked++;
      most = Math.max(most, ++inside);
      await Promise.resolve();
      inside--;
      return new Uint8Array(400);
    },
    1e6,
    1e6,
  );
  const results = await encode(...Array.from({ length: 5000 }, (_, i) => `${i % 2500}`));
  assert.equal(results.filter((result) => result instanceof Float32Array).length, 5000);
  assert.equal(asked, 2500);
  assert.ok(most <= 256, `${most}`);
});

Deno.test("rank() scores as the executor's model means it", async () => {
  const executor: Executor = {
    ...executorOf(),
    similarity: { kind: "sigmoid", scale: 10, bias: -5 },
  };
  const executors = new ExecutorTable([executor]);
  const fetched = new FetchedBytes({ ofRequest: 1, ofAll: 1 });
  const uris = { load: file(1) };
  const service = new Service({ executors, uris, fetched, timeoutMs: 0 });
  const [group] = await service.rank(
    [{ query: { text: "a" }, candidates: [{ text: "b" }, { text: "c" }] }],
    executor,
    context,
  );
  assert.equal(group?.ranking?.length, 2);
  for (const { score, cosine } of group?.ranking ?? []) {
    assert.equal(score, 1 / (1 + Math.exp(-(10 * cosine - 5))));
  }
});
