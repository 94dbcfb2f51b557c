import assert from "node:assert/strict";
import { openGateways } from "../../support/gateways.ts";
import { untilSo } from "../../support/until.ts";
import { get, post } from "./ask.ts";

Deno.test("what is not read is refused in plain text, as TEI's framework does", async () => {
  const lines = ["max_message_bytes: 4096"];
  await using gateways = await openGateways({ protocol: "http", gateway: lines });
  const url = `${gateways.url("http")}/embed`;
  const cases: [body: unknown, headers: Record<string, string>, status: number, text: RegExp][] = [
    ["{nope", {}, 400, /not JSON: .*line 1 column 2/],
    ["", {}, 400, /not JSON/],
    [{ texts: ["x"] }, {}, 422, /'inputs': .*a text, ids, or a list/],
    [{ inputs: 5 }, {}, 422, /'inputs'/],
    [{ inputs: "a", truncate: "yes" }, {}, 422, /'truncate': .*expected boolean/],
    [{ inputs: "a", truncation_direction: "up" }, {}, 422, /"right"\|"left"/],
    [[], {}, 422, /expected object/],
    [{ inputs: "a" }, { "content-type": "text/plain" }, 415, /send application\/json/],
    [{ inputs: "a".repeat(5000) }, {}, 413, /larger than 4096 bytes/],
  ];
  for (const [body, headers, status, text] of cases) {
    const answer = await post(url, body, headers);
    assert.equal(answer.status, status, JSON.stringify(body));
    assert.equal(answer.headers.get("content-type"), "text/plain; charset=utf-8");
    assert.match(answer.text, text);
  }
});

Deno.test("routes of other kinds of models are refused with what to use instead", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  for (const path of ["/embed_all", "/embed_sparse", "/predict"]) {
    const { status, value } = await post(gateways.url("http") + path, { inputs: "a" });
    assert.equal(status, 424);
    assert.equal(value.error_type, "Backend");
    assert.match(value.error, new RegExp(`^'${path}' is not served: .*Use '/embed'`));
  }
});

Deno.test("who comes when there is no room is told when to come back", async () => {
  await using gateways = await openGateways({
    protocol: "http",
    gateway: ["prefetch: 1"],
    maxWaiting: 0,
  });
  const url = `${gateways.url("http")}/embed`;
  const { encoder } = gateways;
  encoder.held = true;
  const held = post(url, { inputs: "a" });
  await untilSo(() => encoder.inside === 1);
  const { status, headers, value } = await post(url, { inputs: "b" });
  assert.equal(status, 429);
  assert.match(headers.get("retry-after")!, /^\d+$/);
  assert.equal(value.error_type, "Overloaded");
  encoder.release();
  assert.equal((await held).status, 200);
});

Deno.test("/health and /ping have no body while requests are served, and 503 before and after", async () => {
  await using gateways = await openGateways({ protocol: "http", gateway: ["apis: [tei]"] });
  const url = gateways.url("http");
  for (const path of ["/health", "/ping", "/"]) {
    const { status, text } = await get(url + path);
    assert.deepEqual([status, text], [200, ""], path);
  }
  gateways.encoder.ready = false;
  for (const path of ["/health", "/ping"]) {
    const { status, value } = await get(url + path);
    assert.equal(status, 503);
    assert.deepEqual(value, { error: "unhealthy", error_type: "Unhealthy" });
  }
});

Deno.test("/info says what is served, and how much one request may hold", async () => {
  const lines = ["max_client_batch_size: 64", "prefetch: 7"];
  await using gateways = await openGateways({ protocol: "http", gateway: lines });
  const { status, value } = await get(`${gateways.url("http")}/info`);
  assert.equal(status, 200);
  assert.deepEqual({ ...value, version: "" }, {
    model_id: "fake",
    model_sha: null,
    model_dtype: "float32",
    served_model_name: "fake",
    model_type: { embedding: { pooling: "last_token" } },
    max_concurrent_requests: 7,
    max_input_length: 77,
    max_batch_tokens: 616,
    max_batch_requests: null,
    max_client_batch_size: 64,
    auto_truncate: true,
    tokenization_workers: 1,
    version: "",
    sha: null,
    docker_label: null,
  });
});

Deno.test("the description has the bounds of the flow and the model", async () => {
  const lines = ["max_client_batch_size: 7"];
  await using gateways = await openGateways({ protocol: "http", gateway: lines });
  const { value } = await get(`${gateways.url("http")}/openapi.json`);
  const { schemas } = value.components;
  const { inputs, dimensions } = schemas.TeiEmbedRequest.properties;
  assert.equal(inputs.anyOf[1].maxItems, 7);
  assert.equal(dimensions.maximum, 4);
  assert.equal(schemas.TeiDecodeRequest.properties.ids.anyOf[0].items.maximum, 49_407);
  for (const [, name] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/(Tei\w+)"/g)) {
    assert.ok(schemas[name!], `${name}`);
  }
});
