/** Servers that embed side by side. */
import assert from "node:assert/strict";
import { openServers, type ServersEmbedder } from "../../../src/cli/embedding/servers.ts";
import { ClipError } from "../../../src/errors.ts";
import { type DemoServer, startDemoServer } from "../../support/demo_server.ts";
import { RED_CIRCLE } from "../../support/shape_pictures.ts";
import { startTestServer } from "../../support/server.ts";

const signal = new AbortController().signal;

/** Texts of a call; those of another are others, as servers remember what they have embedded. */
function texts(call: number): { text: string }[] {
  return Array.from({ length: 8 }, (_, n) => ({ text: `a red circle ${8 * call + n}` }));
}

function embeddedBy({ server }: DemoServer): number {
  return server.executors[0]!.encoder.state.embedded.text;
}

async function open(urls: string[], apiKey?: string): Promise<ServersEmbedder & AsyncDisposable> {
  const embedder = await openServers({
    urls,
    client: apiKey === undefined ? {} : { apiKey },
    tell: () => {},
  });
  return Object.assign(embedder, { [Symbol.asyncDispose]: () => embedder.close() });
}

Deno.test("calls go to all servers, over whatever protocol, and answers are in the order of the items", async () => {
  await using one = await startDemoServer();
  await using two = await startDemoServer();
  await using embedder = await open([`grpc://${one.grpc}`, two.http]);
  assert.equal(embedder.inFlight, 8);
  const images = [{ image: RED_CIRCLE }, { image: new Uint8Array([1, 2, 3]) }];
  const answers = await Promise.all(
    Array.from(
      { length: 16 },
      (_, call) => embedder.encode([...texts(call), ...images], signal),
    ),
  );
  for (const answer of answers) {
    assert.equal(answer.length, 10);
    for (const each of answer.slice(0, 9)) assert.ok(each instanceof Float32Array);
    const bad = answer[9];
    assert.ok(bad instanceof Error && /^Cannot identify the image/.test(bad.message), String(bad));
  }
  assert.ok(embeddedBy(one) >= 16 && embeddedBy(two) >= 16);
});

Deno.test("a server that stops is left alone, and its calls go to the other", async () => {
  await using one = await startDemoServer();
  const two = await startDemoServer();
  const told: string[] = [];
  const embedder = await openServers({
    urls: [one.http, two.http],
    client: {},
    tell: (line) => told.push(line),
  });
  await two[Symbol.asyncDispose]();
  const calls = Array.from({ length: 12 }, (_, call) => embedder.encode(texts(call), signal));
  for (const answer of await Promise.all(calls)) {
    assert.ok(answer.every((each) => each instanceof Float32Array));
  }
  assert.ok(told.some((line) => line.startsWith(`${two.http}: `)), told.join("\n"));
  await embedder.close();
});

Deno.test("servers of different models are refused", async () => {
  await using demo = await startDemoServer();
  const { server, url } = await startTestServer();
  try {
    await assert.rejects(open([demo.http, url]), (thrown) => {
      assert.ok(thrown instanceof ClipError);
      assert.equal(thrown.kind, "config");
      assert.match(thrown.message, /the servers embed by different models/);
      return true;
    });
  } finally {
    await server.stop(1000);
  }
});

Deno.test("a wrong key is no reason to try again", async () => {
  const key = "k".repeat(40);
  await using server = await startDemoServer({ api_keys: [key] });
  await assert.rejects(open([server.http], "wrong"), (thrown) => {
    assert.ok(thrown instanceof ClipError);
    assert.equal(thrown.kind, "unauthenticated");
    assert.ok(thrown.message.startsWith(`${server.http}: `));
    return true;
  });
  await using embedder = await open([server.http], key);
  assert.equal((await embedder.encode(texts(0), signal)).length, 8);
});

Deno.test("a call whose signal fires ends with its reason", async () => {
  await using server = await startDemoServer();
  await using embedder = await open([server.http]);
  const reason = new Error("enough");
  await assert.rejects(embedder.encode(texts(0), AbortSignal.abort(reason)), reason);
});
