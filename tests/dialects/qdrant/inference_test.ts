import assert from "node:assert/strict";
import { norm } from "../../support/cosine.ts";
import { DemoHttp } from "../../support/demo_http.ts";
import { openGateways } from "../../support/gateways.ts";
import { dataUri, RED_CIRCLE } from "../../support/shape_pictures.ts";

const PATH = "/qdrant/inference";
const input = (data: unknown, data_type = "text", model = "first") => ({
  data,
  data_type,
  model,
  options: null,
});

Deno.test("Qdrant's inference address", async (t) => {
  await using server = await DemoHttp.start({}, ["first", "second"]);
  const infer = async (inputs: unknown[], path = PATH) => {
    const { status, body } = await server.post(path, { inputs, inference: "update", token: null });
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  };

  await t.step("texts, images and objects in one batch, in their order", async () => {
    const inputs = [
      input(RED_CIRCLE.toBase64(), "image"),
      input("a red circle"),
      input({ image: dataUri(RED_CIRCLE) }, "object"),
      input({ text: "a red circle" }, "object"),
    ];
    const { embeddings, usage } = await infer(inputs);
    assert.equal(embeddings.length, 4);
    assert.deepEqual(embeddings[2], embeddings[0]);
    assert.deepEqual(embeddings[3], embeddings[1]);
    assert.notDeepEqual(embeddings[1], embeddings[0]);
    for (const vector of embeddings) assert.ok(Math.abs(norm(vector) - 1) < 1e-6);
    assert.deepEqual(usage, { models: { first: { tokens: 10 } } });
    assert.deepEqual(await infer(inputs, "/inference"), { embeddings, usage });
  });

  await t.step("each input has the model that it names, and usage is told by model", async () => {
    const inputs = [
      input("a red circle", "text", "second"),
      input("a red circle", "text", "first"),
      input("red", "text", "second"),
    ];
    const { embeddings, usage } = await infer(inputs);
    assert.deepEqual(embeddings[0], embeddings[1]);
    assert.equal(embeddings.length, 3);
    assert.deepEqual(usage.models, { second: { tokens: 8 }, first: { tokens: 5 } });
  });

  await t.step("nothing gives nothing", async () => {
    assert.deepEqual(await infer([]), { embeddings: [], usage: { models: {} } });
  });

  await t.step("what is wrong is told by its place, as Qdrant shows it to its users", async () => {
    const refused = async (body: unknown, expected: number, reason: RegExp) => {
      const { status, body: answer } = await server.post(PATH, body);
      assert.equal(status, expected);
      assert.deepEqual(Object.keys(answer), ["error"]);
      assert.match(answer.error, reason);
    };
    const one = (...wrong: Parameters<typeof input>) => ({ inputs: [input("a"), input(...wrong)] });
    await refused(one("a", "text", "none"), 404, /'none': there are demo \(first\), second/);
    await refused(one({ text: "a" }), 400, /'inputs.1.data': the data of 'text' must be a string/);
    await refused(
      one({ title: "a" }, "object"),
      400,
      /'inputs.1.data': an object must have either/,
    );
    await refused(one("a", "object"), 400, /'inputs.1.data': an object must have either/);
    await refused(one("AAAA", "image"), 400, /^inputs.1: Cannot identify/);
    // Its place among all inputs, though it is the first of its model.
    await refused(one("AAAA", "image", "second"), 400, /^inputs.1: Cannot identify/);
    await refused(one("a", "audio"), 400, /'inputs.1.data_type'/);
    await refused({ inputs: "a" }, 400, /'inputs': it must be a list/);
    await refused({}, 400, /'inputs'/);
  });
});

Deno.test("a server that has too much to do tells Qdrant when to come again", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  gateways.encoder.full = true;
  gateways.encoder.waitMs = 2500;
  const response = await fetch(`${gateways.url("http")}${PATH}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ inputs: [input("a", "text", "fake")] }),
  });
  assert.equal(response.status, 429);
  assert.equal(response.headers.get("retry-after"), "3");
  assert.match((await response.json()).error, /full/);
});
