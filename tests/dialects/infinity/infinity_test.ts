/** infinity's routes on a real socket, before an encoder that embeds a text as its length. */
import assert from "node:assert/strict";
import {
  openGateways,
  type TestGatewayOptions,
  type TestGateways,
} from "../../support/gateways.ts";

const open = (options: TestGatewayOptions = {}) => openGateways({ protocol: "http", ...options });

async function post(gateways: TestGateways, path: string, body: unknown) {
  const answer = await fetch(`${gateways.url("http")}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

/** The vector of a text of so many characters. */
const vector = (length: number) => [length, 1, 2, 3];

function cosine(a: number[], b: number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0) /
    (Math.hypot(...a) * Math.hypot(...b));
}

const near = (real: number, wanted: number) =>
  assert.ok(Math.abs(real - wanted) < 1e-6, `${real} and not ${wanted}`);

Deno.test("apis: [infinity] serves embeddings at the root and below /v1", async () => {
  await using gateways = await open({ gateway: ["apis: [infinity]"] });
  for (const path of ["/embeddings", "/v1/embeddings"]) {
    // infinity-client always sends `dimensions: 0`.
    const { status, body } = await post(gateways, path, {
      input: ["one"],
      model: "default/not-specified",
      dimensions: 0,
      modality: "text",
    });
    assert.equal(status, 200);
    assert.equal(body.data[0].embedding.length, 4);
    assert.ok(body.id && body.created);
  }
});

Deno.test("/embeddings_image takes every string as an image", async () => {
  await using gateways = await open();
  const image = `data:image/jpeg;base64,${new Uint8Array(9).toBase64()}`;
  for (const path of ["/embeddings_image", "/v1/embeddings_image"]) {
    for (const input of [image, [image], [new Uint8Array(9).toBase64()]]) {
      const { body } = await post(gateways, path, { input, normalized: false });
      assert.deepEqual(body.data[0].embedding, vector(9));
    }
  }
});

Deno.test("/models is what infinity's own client parses", async () => {
  await using gateways = await open();
  for (const path of ["/models", "/v1/models"]) {
    const { data: [model] } = await (await fetch(`${gateways.url("http")}${path}`)).json();
    assert.equal(model.owned_by, "infinity");
    assert.deepEqual(model.stats, {
      queue_fraction: 0,
      queue_absolute: 0,
      results_pending: 0,
      batch_size: 8,
    });
    assert.ok(model.capabilities.includes("image_embed"));
    assert.equal(typeof model.backend, "string");
  }
});

Deno.test("/health tells the time, or 503 where requests would not be served", async () => {
  await using gateways = await open();
  const health = `${gateways.url("http")}/health`;
  const { unix } = await (await fetch(health)).json();
  assert.ok(Math.abs(unix - Date.now() / 1000) < 60);
  gateways.encoder.ready = false;
  const answer = await fetch(health);
  assert.equal(answer.status, 503);
  assert.equal((await answer.json()).error.code, 503);
});

Deno.test("/rerank orders documents by their cosine with the query, best first", async () => {
  await using gateways = await open();
  const query = "x".repeat(10);
  const documents = ["x", "x".repeat(9), { text: "x".repeat(5) }];
  const scores = [1, 9, 5].map((length) => cosine(vector(10), vector(length)));
  for (const path of ["/rerank", "/v1/rerank"]) {
    const { status, body } = await post(gateways, path, { query, documents, model: "fake" });
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.object, "rerank");
    assert.equal(body.model, "fake");
    assert.ok(body.usage && body.id && body.created);
    assert.deepEqual(body.results.map(({ index }: { index: number }) => index), [1, 2, 0]);
    for (const { index, relevance_score, document } of body.results) {
      near(relevance_score, scores[index]!);
      assert.equal(document, null);
    }
  }
});

Deno.test("/rerank gives the best, and documents as they came", async () => {
  await using gateways = await open();
  const image = new Uint8Array(10).toBase64();
  const documents = [
    { image, other: 1 },
    { image_url: { url: `data:;base64,${image}` } },
    { text: 'te"xt' },
    "fou\n",
  ];
  const { body } = await post(gateways, "/rerank", {
    query: { image },
    documents,
    return_documents: true,
    top_n: 3,
  });
  assert.deepEqual(body.results.map(({ document }: { document: unknown }) => document), [
    { image },
    documents[1],
    documents[2],
  ]);
});

Deno.test("/classify gives each input the probabilities of the labels, best first", async () => {
  await using gateways = await open();
  const labels = ["x", "x".repeat(3)];
  const sent = { input: ["xx", { text: "xxxx" }], labels };
  for (const path of ["/classify", "/v1/classify"]) {
    const { status, body } = await post(gateways, path, sent);
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.object, "classify");
    assert.ok(body.model === "fake" && body.usage && body.id && body.created);
    for (const [i, length] of [2, 4].entries()) {
      const logits = [1, 3].map((label) => 100 * cosine(vector(length), vector(label)));
      const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
      const shares = powers.map((power) => power / (powers[0]! + powers[1]!));
      const [first, second] = body.data[i];
      near(first.score, Math.max(...shares));
      near(first.score + second.score, 1);
      assert.equal(first.label, labels[shares.indexOf(Math.max(...shares))]);
    }
  }
  const raw = await post(gateways, "/classify", {
    input: "xx",
    candidate_labels: labels,
    raw_scores: true,
  });
  near(raw.body.data[0][0].score, cosine(vector(2), vector(3)));
});

Deno.test("errors have OpenAI's shape and the status as their code, as infinity's", async () => {
  // Alone: a body that says neither `documents` nor `texts` is told so by whoever is asked last.
  await using gateways = await open({
    gateway: ["apis: infinity", "max_documents: 4", "max_values: 5"],
  });
  const errors: [string, unknown, number, string | null, RegExp][] = [
    ["/rerank", { documents: ["a"] }, 400, "query", /missing/],
    ["/rerank", { query: "", documents: ["a"] }, 400, "query", /empty/],
    ["/rerank", { query: "a" }, 400, "documents", /list/],
    ["/rerank", { query: "a", documents: [] }, 400, "documents", /empty/],
    ["/rerank", { query: "a", documents: ["a", { image: "!" }] }, 400, "documents.1", /base64/],
    ["/rerank", { query: { image: "!" }, documents: ["a"] }, 400, "query", /base64/],
    ["/rerank", { query: "a", documents: ["a"], top_n: 0 }, 400, "top_n", /1 or more/],
    ["/rerank", { query: "a", documents: ["a", "b", "c", "d"] }, 413, null, /max_documents/],
    ["/rerank", { query: "a", documents: ["a"], model: "b" }, 404, null, /'b'.*fake/],
    ["/classify", { input: "a" }, 400, "labels", /does not support classify/],
    ["/classify", { input: "a", labels: [] }, 400, "labels", /one or more/],
    ["/classify", { input: "a", labels: [1] }, 400, "labels", /texts/],
    ["/classify", { input: "a", labels: ["b".repeat(1001)] }, 400, "labels", /1000/],
    ["/classify", { labels: ["a"] }, 400, "input", /missing/],
    ["/classify", { input: [{ image: "!" }], labels: ["a"] }, 400, "input.0", /base64/],
    ["/classify", { input: ["a", "b"], labels: ["a", "b", "c"] }, 413, null, /6 scores/],
    ["/embeddings_image", { input: "!" }, 400, null, /base64/],
  ];
  for (const [path, sent, status, param, message] of errors) {
    const answer = await post(gateways, path, sent);
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    const { error } = answer.body;
    assert.match(error.message, message);
    assert.equal(error.type, null);
    assert.equal(error.code, status);
    if (param !== null) assert.equal(error.param, param);
  }
});

Deno.test("overload is 429 with when to come again", async () => {
  await using gateways = await open({ gateway: ["apis: [infinity]"] });
  gateways.encoder.full = true;
  const { status, headers, body } = await post(gateways, "/embeddings", { input: "one" });
  assert.equal(status, 429);
  assert.equal(body.error.code, 429);
  assert.equal(headers.get("retry-after"), "1");
});
