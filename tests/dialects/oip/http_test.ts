import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { openGateways } from "../../support/gateways.ts";
import { joinElements, joinTexts, rowsOf, utf8 } from "./tensors.ts";

const HEADER = "inference-header-content-length";
/** What the encoder of these tests gives, `[length, 1, 2, 3]`, in length 1. */
const unit = (length: number) => {
  const row = [length, 1, 2, 3];
  const norm = Math.hypot(...row);
  return row.map((value) => Math.fround(value / norm));
};

const texts = (data: unknown, more: Record<string, unknown> = {}) => ({
  inputs: [{ name: "TEXT", shape: [2], datatype: "BYTES", data }],
  ...more,
});

/** A body with one raw tensor behind its JSON. */
function withRaw(input: Record<string, unknown>, raw: Uint8Array, more = {}) {
  const json = utf8(JSON.stringify({
    inputs: [{ ...input, parameters: { binary_data_size: raw.length } }],
    ...more,
  }));
  return { body: new Uint8Array([...json, ...raw]), length: String(json.length) };
}

Deno.test("HTTP: the server and its models are told of", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const url = gateways.url("http");
  const get = async (path: string) => {
    const answer = await fetch(`${url}${path}`);
    return [answer.status, await answer.json()];
  };
  const [, server] = await get("/v2");
  assert.equal(server.name, "clipline");
  assert.deepEqual(
    server.extensions,
    ["binary_tensor_data", "model_configuration", "parameters", "statistics"],
  );
  assert.deepEqual(await get("/v2/health/live"), [200, { live: true }]);
  assert.deepEqual(await get("/v2/health/ready"), [200, { ready: true }]);
  const [, { models: [name] }] = await get("/v2/models");
  assert.deepEqual(await get(`/v2/models/${encodeURIComponent(name)}`), [200, {
    name,
    versions: ["1"],
    platform: "onnxruntime_onnx",
    inputs: [
      { name: "TEXT", datatype: "BYTES", shape: [-1] },
      { name: "IMAGE", datatype: "BYTES", shape: [-1] },
      { name: "PIXELS", datatype: "UINT8", shape: [-1, -1, -1, 3] },
    ],
    outputs: [{ name: "EMBEDDING", datatype: "FP32", shape: [-1, 4] }],
  }]);
  // Whatever spelling it is asked by is the one that it answers with.
  for (const spelling of ["clip_t", "default"]) {
    assert.equal((await get(`/v2/models/${spelling}/versions/1`))[1].name, spelling);
  }
  const [, config] = await get("/v2/models/clip_t/config");
  assert.equal(config.max_batch_size, 0);
  assert.deepEqual(config.input[0], {
    name: "TEXT",
    data_type: "TYPE_STRING",
    dims: [-1],
    optional: true,
  });
  assert.deepEqual(await get("/v2/models/clip_t/ready"), [200, { name: "clip_t", ready: true }]);
  assert.deepEqual((await get("/v2/models/clip_t/versions/2"))[0], 404);
  const [status, { error }] = await get("/v2/models/nope/ready");
  assert.equal(status, 404);
  assert.match(error, /'nope'/);
  const index = await fetch(`${url}/v2/repository/index`, { method: "POST", body: "{}" });
  assert.deepEqual(await index.json(), [{ name, version: "1", state: "READY", reason: "" }]);
  gateways.encoder.ready = false;
  assert.deepEqual(await get("/v2/health/ready"), [400, { ready: false }]);
  assert.deepEqual(await get("/v2/models/clip_t/ready"), [400, { name: "clip_t", ready: false }]);
});

Deno.test("HTTP: tensors in JSON, nested and flat, and vectors of length 1 unless they are wanted raw", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const infer = async (body: unknown) => {
    const answer = await fetch(`${gateways.url("http")}/v2/models/clip_t/infer`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("content-type"), "application/json");
    return await answer.json();
  };
  const expected = {
    model_name: "clip_t",
    model_version: "1",
    outputs: [{
      name: "EMBEDDING",
      datatype: "FP32",
      shape: [2, 4],
      data: [...unit(5), ...unit(2)],
    }],
  };
  for (const data of [["hello", "hi"], [["hello"], ["hi"]]]) {
    const answer = await infer(texts(data));
    answer.outputs[0].data = answer.outputs[0].data.map(Math.fround);
    assert.deepEqual(answer, expected);
  }
  const raw = await infer(
    texts(["hello", "hi"], { id: 'a"1', parameters: { normalize: false }, outputs: null }),
  );
  assert.equal(raw.id, 'a"1');
  assert.deepEqual(raw.outputs[0].data, [5, 1, 2, 3, 2, 1, 2, 3]);
  const none = await infer({
    inputs: [{ name: "IMAGE", shape: [0], datatype: "BYTES", data: [] }],
  });
  assert.deepEqual(none.outputs[0].shape, [0, 4]);
  assert.deepEqual(none.outputs[0].data, []);
});

Deno.test("HTTP: raw tensors behind the JSON, in requests and in answers", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const url = `${gateways.url("http")}/v2/models/clip_t/versions/1/infer`;
  const text = { name: "TEXT", shape: [2], datatype: "BYTES" };
  const ask = (more: Record<string, unknown>, packed = false) => {
    const { body, length } = withRaw(text, joinTexts(["hello", "größe"]), more);
    return fetch(url, {
      method: "POST",
      headers: { [HEADER]: length, ...(packed ? { "content-encoding": "gzip" } : {}) },
      body: packed ? gzipSync(body) : body,
    });
  };
  const asked = (binary_data: boolean) => [{ name: "EMBEDDING", parameters: { binary_data } }];
  for (
    const [more, binary] of [
      [{}, false],
      [{ outputs: asked(true) }, true],
      [{ outputs: asked(false), parameters: { binary_data_output: true } }, false],
      [{ parameters: { binary_data_output: true } }, true],
      [{ outputs: [{ name: "EMBEDDING" }], parameters: { binary_data_output: true } }, true],
    ] as const
  ) {
    for (const packed of [false, true]) {
      const answer = await ask(more, packed);
      assert.equal(answer.status, 200);
      if (!binary) {
        assert.equal(answer.headers.get(HEADER), null);
        assert.deepEqual((await answer.json()).outputs[0].data.length, 8);
        continue;
      }
      assert.equal(answer.headers.get("content-type"), "application/octet-stream");
      const length = Number(answer.headers.get(HEADER));
      const bytes = await answer.bytes();
      const { outputs } = JSON.parse(new TextDecoder().decode(bytes.subarray(0, length)));
      assert.deepEqual(outputs, [{
        name: "EMBEDDING",
        datatype: "FP32",
        shape: [2, 4],
        parameters: { binary_data_size: 32 },
      }]);
      assert.deepEqual(rowsOf(bytes.subarray(length), 4), [unit(5), unit(5)]);
    }
  }
});

Deno.test("HTTP: images as raw files and as base64, pixels as raw bytes", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const url = `${gateways.url("http")}/v2/models/clip_t/infer`;
  const rows = async (body: BodyInit, headers: HeadersInit = {}) => {
    const answer = await fetch(url, { method: "POST", headers, body });
    const { outputs } = await answer.json();
    return outputs[0].data.map(Math.fround);
  };
  const file = utf8("as a file of an image");
  const image = { name: "IMAGE", shape: [1], datatype: "BYTES" };
  const raw = withRaw(image, joinElements([file]));
  assert.deepEqual(await rows(raw.body, { [HEADER]: raw.length }), unit(file.length));
  const base64 = { inputs: [{ ...image, data: [file.toBase64()] }] };
  assert.deepEqual(await rows(JSON.stringify(base64)), unit(file.length));
  const info = { name: "PIXELS", shape: [2, 2, 2, 3], datatype: "UINT8" };
  const pixels = withRaw(info, new Uint8Array(24));
  assert.deepEqual(
    await rows(pixels.body, { [HEADER]: pixels.length }),
    [...unit(12), ...unit(12)],
  );
});

Deno.test("HTTP: what is wrong is 400 with its place, in the protocol's own form", async () => {
  await using gateways = await openGateways({
    protocol: "http",
    gateway: ["max_documents: 3", "max_message_bytes: 100000"],
  });
  const url = gateways.url("http");
  const refused = async (
    status: number,
    message: RegExp,
    body: BodyInit,
    { path = "/v2/models/clip_t/infer", headers = {}, method = "POST" } = {},
  ) => {
    const answer = await fetch(`${url}${path}`, { method, headers, body });
    const { error, ...others } = await answer.json();
    assert.deepEqual([answer.status, others], [status, {}], error);
    assert.match(error, message);
  };
  const json = JSON.stringify;
  await refused(400, /The body is not JSON/, "{");
  await refused(400, /'inputs'/, "{}");
  await refused(400, /'inputs.0.name'.*"TEXT"\|"IMAGE"\|"PIXELS"/, json({ inputs: [{}] }));
  await refused(400, /'data' has 1 elements, not the 2/, json(texts(["a"])));
  await refused(
    400,
    /'parameters.normalize'/,
    json(texts(["a", "b"], { parameters: { normalize: 1 } })),
  );
  await refused(404, /No executor runs 'nope'/, json(texts(["a", "b"])), {
    path: "/v2/models/nope/infer",
  });
  const image = (data: string[]) => ({
    inputs: [{ name: "IMAGE", shape: [data.length], datatype: "BYTES", data }],
  });
  const good = utf8("long enough").toBase64();
  await refused(400, /^IMAGE\[1\]: cannot identify image file/, json(image([good, "AAAA"])));
  await refused(413, /too many elements: 3 are allowed/, json(image([good, good, good, good])));
  await refused(413, /100000 bytes/, "x".repeat(200_000));
  const raw = withRaw({ name: "TEXT", shape: [1], datatype: "BYTES" }, joinTexts(["hello"]));
  const ask = (length: string, body: Uint8Array<ArrayBuffer> = raw.body) =>
    [body, { headers: { [HEADER]: length } }] as const;
  await refused(400, /Inference-Header-Content-Length is 'x'/, ...ask("x"));
  await refused(400, /Inference-Header-Content-Length is '99999'/, ...ask("99999"));
  await refused(400, /is not JSON/, ...ask(String(Number(raw.length) + 1)));
  await refused(
    400,
    /'binary_data_size' is 9, and 8 bytes are left/,
    ...ask(raw.length, raw.body.slice(0, -1)),
  );
  await refused(
    400,
    /1 bytes follow the JSON and belong to no input/,
    ...ask(raw.length, new Uint8Array([...raw.body, 0])),
  );
  await refused(400, /is not JSON/, raw.body);
  const both = { ...texts(["a", "b"]).inputs[0], parameters: { binary_data_size: 0 } };
  await refused(400, /'data' and 'binary_data_size'/, json({ inputs: [both] }));
});

Deno.test("HTTP: what Triton has beyond that is refused with a reason", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const url = gateways.url("http");
  for (
    const [method, path, status, message] of [
      ["POST", "/v2/repository/models/clip_t/load", 400, /neither loaded nor unloaded/],
      ["POST", "/v2/repository/models/clip_t/unload", 400, /neither loaded nor unloaded/],
      ["GET", "/v2/systemsharedmemory/status", 400, /Shared memory is not served/],
      ["POST", "/v2/cudasharedmemory/region/x/register", 400, /Shared memory is not served/],
      ["GET", "/v2/trace/setting", 400, /Traces are not served/],
      ["POST", "/v2/models/clip_t/trace/setting", 400, /Traces are not served/],
      ["POST", "/v2/logging", 400, /The log is not set here/],
      ["POST", "/v2/models/clip_t/generate", 400, /generate nothing/],
      ["GET", "/v2/models/clip_t/infer", 405, /asked by POST/],
      ["DELETE", "/v2/models/clip_t/infer", 405, /asked by POST/],
      ["OPTIONS", "/v2/models/clip_t", 405, /asked by GET, HEAD/],
      ["POST", "/v2/models/clip_t", 405, /asked by GET, HEAD/],
      ["GET", "/v2/nothing", 404, /nothing at \/v2\/nothing/],
      ["GET", "/v2/models/%zz", 404, /nothing at/],
    ] as const
  ) {
    const answer = await fetch(`${url}${path}`, {
      method,
      ...(method === "POST" ? { body: "{}" } : {}),
    });
    assert.equal(answer.status, status, path);
    assert.match((await answer.json()).error, message);
  }
});

Deno.test("HTTP: who is refused for too much work is told when to come again", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  gateways.encoder.full = true;
  gateways.encoder.waitMs = 2500;
  const answer = await fetch(`${gateways.url("http")}/v2/models/clip_t/infer`, {
    method: "POST",
    body: JSON.stringify(texts(["a", "b"])),
  });
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get("retry-after"), "3");
  assert.deepEqual(Object.keys(await answer.json()), ["error"]);
});

Deno.test("HTTP: requests are counted as they end", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const url = gateways.url("http");
  const stats = async (path: string) =>
    (await (await fetch(`${url}${path}`)).json()).model_stats[0];
  const ask = async (body: unknown) => {
    const answer = await fetch(`${url}/v2/models/clip_t/infer`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    await answer.body?.cancel();
  };
  const before = await stats("/v2/models/clip_t/stats");
  assert.deepEqual(
    [before.name, before.version, before.last_inference, before.inference_count],
    ["clip_t", "1", 0, 0],
  );
  await ask(texts(["a", "b"]));
  await ask(texts(["a", "b"]));
  // What does not reach the model is no inference; what fails there is one that failed.
  await ask(texts(["a"]));
  await ask({ inputs: [{ name: "IMAGE", shape: [1], datatype: "BYTES", data: ["AAAA"] }] });
  const after = await stats("/v2/models/stats");
  assert.equal(after.inference_count, 4);
  const { success, fail, queue, compute_infer, cache_hit } = after.inference_stats;
  assert.deepEqual(
    [success, fail, queue, compute_infer, cache_hit].map(({ count }) => count),
    [2, 1, 2, 2, 0],
  );
  assert.ok(success.ns > 0 && fail.ns > 0);
  assert.ok(Math.abs(after.last_inference - Date.now()) < 60_000);
});
