/** OpenAI's routes on a real socket, before an encoder that embeds a text as its length. */
import assert from "node:assert/strict";
import {
  openGateways,
  type TestGatewayOptions,
  type TestGateways,
} from "../../support/gateways.ts";

/** The vector of a text of so many characters, or of a file of so many bytes. */
function unit(length: number, dimensions = 4): number[] {
  const values = [length, 1, 2, 3].slice(0, dimensions);
  const norm = Math.hypot(...values);
  return [...Float32Array.from(values, (value) => value / norm)];
}

const open = (options: TestGatewayOptions = {}) => openGateways({ protocol: "http", ...options });

async function post(
  gateways: TestGateways,
  body: unknown,
  { path = "/v1/embeddings", type = "application/json" } = {},
) {
  const answer = await fetch(`${gateways.url("http")}${path}`, {
    method: "POST",
    headers: { "content-type": type },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

/** An answer's vectors, as the float32 that their digits stand for. */
function vectors({ data }: { data: { embedding: number[] }[] }): number[][] {
  return data.map(({ embedding }) => [...Float32Array.from(embedding)]);
}

Deno.test("/v1/embeddings and /embeddings give a vector for each input, of length 1", async () => {
  await using gateways = await open();
  for (const path of ["/v1/embeddings", "/embeddings"]) {
    const { status, body } = await post(gateways, { model: "fake", input: ["one", "four"] }, {
      path,
    });
    assert.equal(status, 200);
    assert.equal(body.object, "list");
    assert.equal(body.model, "fake");
    assert.deepEqual(vectors(body), [unit(3), unit(4)]);
    assert.deepEqual(
      body.data.map(({ object, index }: Record<string, unknown>) => [object, index]),
      [["embedding", 0], ["embedding", 1]],
    );
  }
});

Deno.test("the format is exactly the one that is asked for, and floats without a word", async () => {
  await using gateways = await open();
  const { body } = await post(gateways, { input: "one", encoding_format: "base64" });
  const bytes = Uint8Array.fromBase64(body.data[0].embedding);
  assert.deepEqual([...new Float32Array(bytes.buffer)], unit(3));
  const plain = await post(gateways, { input: "one", encoding_format: null });
  assert.deepEqual(vectors(plain.body), [unit(3)]);
});

Deno.test("dimensions cut, and scale to length 1 again", async () => {
  await using gateways = await open();
  const { body } = await post(gateways, { input: "one", dimensions: 2 });
  assert.deepEqual(vectors(body), [unit(3, 2)]);
  const raw = await post(gateways, { input: "one", dimensions: 2, normalized: false });
  assert.deepEqual(vectors(raw.body), [[3, 1]]);
  const all = await post(gateways, { input: "one", dimensions: 0 });
  assert.deepEqual(vectors(all.body), [unit(3)]);
});

Deno.test("one image has one vector, whichever way it is sent", async () => {
  await using gateways = await open();
  const base64 = new Uint8Array(10).toBase64();
  const uri = `data:image/png;base64,${base64}`;
  const part = { type: "image_url", image_url: { url: uri } };
  const bodies = [
    { input: uri },
    { input: [uri] },
    { input: uri, modality: "image" },
    { input: [base64], modality: "image" },
    { input: [{ image: base64 }] },
    { input: [{ image: uri }] },
    { input: [{ bytes: base64 }], encoding_type: "float" },
    { messages: [{ role: "user", content: [part] }] },
    { messages: [[{ role: "user", content: [part] }]] },
    { input: [{ role: "user", content: [{ type: "image_url", image_url: uri }] }] },
  ];
  for (const sent of bodies) {
    const { status, body } = await post(gateways, sent);
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(vectors(body), [unit(10)]);
  }
  const mixed = await post(gateways, { input: ["one", { image: base64 }, { text: "four" }] });
  assert.deepEqual(vectors(mixed.body), [unit(3), unit(10), unit(4)]);
});

Deno.test("what is missing or not looked at changes nothing", async () => {
  await using gateways = await open();
  const { body } = await post(gateways, {
    input: "one",
    model: "default",
    user: "someone",
    task: "retrieval.query",
    truncate: false,
    late_chunking: false,
    priority: 1,
  });
  assert.deepEqual(vectors(body), [unit(3)]);
  const missing = await post(gateways, { input: "one" });
  assert.equal(missing.body.model, "fake");
});

Deno.test("errors are OpenAI's, with the field at fault", async () => {
  await using gateways = await open({ gateway: ["max_documents: 3", "max_message_bytes: 2000"] });
  const errors: [unknown, number, string | null, string | null, RegExp][] = [
    [{}, 400, "input", null, /missing/],
    [{ input: "" }, 400, "input", null, /empty/],
    [{ input: [] }, 400, "input", null, /empty/],
    [{ input: [[1, 2]] }, 400, "input", null, /check_embedding_ctx_length=False/],
    [{ input: "a", dimensions: 9 }, 400, "dimensions", null, /1 to 4/],
    [{ input: "a", encoding_format: "x" }, 400, "encoding_format", null, /float, base64/],
    [{ input: ["a", { image: "!" }] }, 400, "input.1", null, /base64/],
    [{ input: ["a", { image: "AAAA" }] }, 400, "input.1", null, /cannot identify/],
    [{ input: ["http://127.0.0.1/"], modality: "image" }, 400, "input.0", null, /allow_private/],
    [{ input: "a", model: "no/such" }, 404, null, "model_not_found", /'no\/such'.*fake/],
    [{ input: ["a", "b", "c", "d"] }, 413, null, null, /max_documents/],
    [{ input: "a".repeat(3000) }, 413, null, null, /max_message_bytes/],
    ["{", 400, null, null, /not JSON/],
    ["[]", 400, null, null, /object/],
  ];
  for (const [sent, status, param, code, message] of errors) {
    const answer = await post(gateways, sent);
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    const { error } = answer.body;
    assert.deepEqual(Object.keys(error), ["message", "type", "param", "code"]);
    assert.equal(error.type, "invalid_request_error");
    assert.equal(error.param, param, error.message);
    assert.equal(error.code, code);
    assert.match(error.message, message);
  }
  const form = await post(gateways, "input=a", { type: "application/x-www-form-urlencoded" });
  assert.equal(form.status, 415);
  assert.equal(form.body.error.type, "invalid_request_error");
});

Deno.test("overload is 429, with when to come again in seconds and in milliseconds", async () => {
  await using gateways = await open();
  gateways.encoder.full = true;
  gateways.encoder.waitMs = 2500;
  const { status, headers, body } = await post(gateways, { input: "one" });
  assert.equal(status, 429);
  assert.equal(body.error.code, "rate_limit_exceeded");
  assert.equal(headers.get("retry-after"), "3");
  assert.equal(headers.get("retry-after-ms"), "2500");
});

Deno.test("/v1/models lists the models, and tells of each by any of its names", async () => {
  await using gateways = await open();
  const url = gateways.url("http");
  const { object, data: [model] } = await (await fetch(`${url}/v1/models`)).json();
  assert.equal(object, "list");
  assert.equal(model.id, "fake");
  assert.equal(model.object, "model");
  for (
    const path of ["/v1/models/fake", "/models/clip_t", "/v1/models/FAKE", "/v1/models/f%61ke"]
  ) {
    const answer = await fetch(`${url}${path}`);
    assert.equal(answer.status, 200, path);
    assert.equal((await answer.json()).object, "model");
  }
  for (const id of ["no%2Fsuch%3A%3Amodel", "no/such::model"]) {
    const answer = await fetch(`${url}/v1/models/${id}`);
    assert.equal(answer.status, 404);
    const { error } = await answer.json();
    assert.equal(error.code, "model_not_found");
    assert.match(error.message, /'no\/such::model'/);
  }
  const broken = await fetch(`${url}/v1/models/%ff`);
  assert.equal(broken.status, 400);
  await broken.body?.cancel();
});

Deno.test("apis: [openai] serves OpenAI's routes alone, and refuses others in its manner", async () => {
  await using gateways = await open({ gateway: ["apis: [openai]"] });
  assert.equal((await post(gateways, { input: "one" }, { path: "/embeddings" })).status, 200);
  const other = await post(gateways, {}, { path: "/encode" });
  assert.equal(other.status, 404);
  assert.equal(other.body.error.code, "unknown_url");
});

Deno.test("apis without openai and infinity have no route of theirs", async () => {
  await using gateways = await open({ gateway: ["apis: [jina]"] });
  for (const path of ["/v1/embeddings", "/embeddings", "/rerank", "/classify"]) {
    assert.equal((await post(gateways, { input: "one" }, { path })).status, 404, path);
  }
});

Deno.test("what there is not below /v1 is told in OpenAI's words, beside every other dialect", async () => {
  await using gateways = await open();
  for (const path of ["/v1/chat/completions", "/v1/nothing"]) {
    const { status, body } = await post(gateways, { input: "a" }, { path });
    assert.equal(status, 404);
    assert.equal(body.error.code, "unknown_url");
    assert.match(body.error.message, /Unknown request URL: POST .*\/v1\/embeddings/);
  }
  const wrong = await fetch(`${gateways.url("http")}/v1/rerank`);
  await wrong.body?.cancel();
  assert.equal(wrong.status, 405);
});
