import assert from "node:assert/strict";
import { cosine, norm } from "../../support/cosine.ts";
import { DemoHttp } from "../../support/demo_http.ts";
import { openGateways } from "../../support/gateways.ts";
import { BLUE_SQUARE, RED_CIRCLE } from "../../support/shape_pictures.ts";

const TEXTS = ["a red circle", "a blue square", "a green star"];

Deno.test("Weaviate's multi2vec-clip container", async (t) => {
  await using server = await DemoHttp.start();
  const vectorize = async (body: unknown) => {
    const { status, body: answer } = await server.post("/vectorize", body);
    assert.equal(status, 200, JSON.stringify(answer));
    return answer;
  };

  await t.step("texts and images in one request, vectors of length 1", async () => {
    const images = [RED_CIRCLE.toBase64(), BLUE_SQUARE.toBase64()];
    const { textVectors, imageVectors } = await vectorize({ texts: TEXTS, images });
    assert.deepEqual([textVectors.length, imageVectors.length], [3, 2]);
    for (const vector of [...textVectors, ...imageVectors]) {
      assert.ok(Math.abs(norm(vector) - 1) < 1e-6);
    }
    assert.ok(cosine(imageVectors[0], textVectors[0]) > cosine(imageVectors[0], textVectors[1]));
    assert.ok(cosine(imageVectors[1], textVectors[1]) > cosine(imageVectors[1], textVectors[0]));
  });

  await t.step("what there is none of may be left out, null or empty", async () => {
    const { textVectors } = await vectorize({ texts: TEXTS });
    for (const images of [null, []]) {
      assert.deepEqual(await vectorize({ texts: TEXTS, images }), {
        textVectors,
        imageVectors: [],
      });
    }
    const answer = await vectorize({ images: [RED_CIRCLE.toBase64()] });
    assert.deepEqual([answer.textVectors.length, answer.imageVectors.length], [0, 1]);
    assert.deepEqual(await vectorize({}), { textVectors: [], imageVectors: [] });
  });

  await t.step("a text that is too long is cut", async () => {
    const { textVectors } = await vectorize({ texts: ["word ".repeat(500)] });
    assert.equal(textVectors.length, 1);
  });

  await t.step("what is wrong is told by its place, in JSON that Weaviate reads", async () => {
    const refused = async (body: unknown, reason: RegExp) => {
      const { status, body: answer } = await server.post("/vectorize", body);
      assert.equal(status, 400);
      assert.deepEqual(Object.keys(answer), ["error"]);
      assert.match(answer.error, reason);
    };
    await refused({ texts: TEXTS, images: [RED_CIRCLE.toBase64(), "AAAA"] }, /^images.1: Cannot/);
    await refused({ images: ["!"] }, /^images.0: .*neither base64/);
    await refused({ texts: [1] }, /'texts.0': .*expected string/);
    await refused({ texts: "a cat" }, /'texts': it must be a list/);
    await refused("{", /not JSON/);
  });

  await t.step("it tells of its models", async () => {
    const meta = await (await fetch(`${server.url}/meta`)).json();
    assert.deepEqual(meta.models, [{ name: "demo", dimensions: 128 }]);
  });
});

Deno.test("Weaviate's readiness is 204 while requests would be served", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const url = gateways.url("http");
  const ask = async (name: string) => {
    const response = await fetch(`${url}/.well-known/${name}`);
    return [response.status, await response.text()];
  };
  assert.deepEqual(await ask("ready"), [204, ""]);
  assert.deepEqual(await ask("live"), [204, ""]);
  gateways.encoder.ready = false;
  const [status, text] = await ask("ready");
  assert.equal(status, 503);
  assert.equal(typeof JSON.parse(String(text)).error, "string");
  assert.deepEqual(await ask("live"), [204, ""]);
});
