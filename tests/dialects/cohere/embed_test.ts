import assert from "node:assert/strict";
import { cosine, norm } from "../../support/cosine.ts";
import { DEMO_DIMENSIONS, DemoHttp } from "../../support/demo_http.ts";
import { BLUE_SQUARE, dataUri, RED_CIRCLE } from "../../support/shape_pictures.ts";

const TEXTS = ["a red circle", "a blue square"];
const TEXT_PART = { type: "text", text: TEXTS[0] };
const IMAGE_PART = { type: "image_url", image_url: { url: dataUri(RED_CIRCLE) } };

Deno.test("Cohere's /v2/embed", async (t) => {
  await using server = await DemoHttp.start();
  const embed = async (body: Record<string, unknown>, path = "/v2/embed") => {
    const { status, body: answer } = await server.post(path, body);
    assert.equal(status, 200, JSON.stringify(answer));
    return answer;
  };
  const refused = async (body: unknown, expected: number, reason: RegExp) => {
    const { status, body: answer } = await server.post("/v2/embed", body);
    assert.equal(status, expected);
    assert.deepEqual(Object.keys(answer).sort(), ["id", "message"]);
    assert.match(answer.message, reason);
  };

  await t.step("texts: vectors of length 1, the texts, and what was used", async () => {
    const answer = await embed({ texts: TEXTS, model: "demo", input_type: "search_document" });
    const { id, embeddings, ...rest } = answer;
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.deepEqual(Object.keys(embeddings), ["float"]);
    assert.deepEqual(embeddings.float.map((v: number[]) => v.length), [128, 128]);
    for (const vector of embeddings.float) assert.ok(Math.abs(norm(vector) - 1) < 1e-6);
    assert.deepEqual(rest, {
      texts: TEXTS,
      // Three words each, with start and end.
      meta: { api_version: { version: "2" }, billed_units: { input_tokens: 10 } },
      response_type: "embeddings_by_type",
    });
  });

  await t.step("every type at once, each the same vector", async () => {
    const types = ["float", "int8", "uint8", "binary", "ubinary", "base64"];
    const { embeddings } = await embed({ texts: TEXTS, embedding_types: types });
    assert.deepEqual(Object.keys(embeddings), types);
    const [float] = embeddings.float;
    const [int8] = embeddings.int8;
    assert.ok(cosine(int8, float) > 0.999);
    assert.deepEqual(embeddings.uint8[0], int8.map((value: number) => value + 128));
    const signs = float.map((value: number) => value >= 0 ? 1 : 0);
    const [ubinary] = embeddings.ubinary;
    assert.equal(ubinary.length, DEMO_DIMENSIONS / 8);
    assert.deepEqual(
      ubinary.flatMap((byte: number) => [...byte.toString(2).padStart(8, "0")].map(Number)),
      signs,
    );
    assert.deepEqual(embeddings.binary[0], ubinary.map((byte: number) => byte - 128));
    const bytes = Uint8Array.fromBase64(embeddings.base64[0]);
    assert.deepEqual(new Float32Array(bytes.buffer), Float32Array.from(float));
  });

  await t.step("fewer dimensions are the first ones, of length 1 again", async () => {
    const whole = (await embed({ texts: TEXTS })).embeddings.float[1];
    const cut = (await embed({ texts: TEXTS, output_dimension: 8 })).embeddings.float[1];
    assert.equal(cut.length, 8);
    assert.ok(Math.abs(norm(cut) - 1) < 1e-6);
    assert.ok(cosine(cut, whole.slice(0, 8)) > 1 - 1e-6);
    await refused(
      { texts: TEXTS, output_dimension: 129 },
      400,
      /'output_dimension': 129.*1 to 128/,
    );
  });

  await t.step("images, and inputs of either kind, mean what texts mean", async () => {
    const [red, blue] = (await embed({ texts: TEXTS })).embeddings.float;
    const images = [RED_CIRCLE.toBase64(), dataUri(BLUE_SQUARE)];
    const answer = await embed({ images, input_type: "image" });
    assert.deepEqual(answer.meta.billed_units, { images: 2 });
    assert.ok(!("texts" in answer));
    const [circle, square] = answer.embeddings.float;
    assert.ok(cosine(circle, red) > cosine(circle, blue));
    assert.ok(cosine(square, blue) > cosine(square, red));
    const mixed = await embed({ inputs: [{ content: [TEXT_PART] }, { content: [IMAGE_PART] }] });
    assert.deepEqual(mixed.embeddings.float, [red, circle]);
    assert.deepEqual(mixed.meta.billed_units, { input_tokens: 5, images: 1 });
  });

  await t.step("null is the same as absent", async () => {
    const nothing = { images: null, inputs: null, embedding_types: null, output_dimension: null };
    const answer = await embed({ texts: TEXTS, ...nothing, truncate: null, max_tokens: null });
    assert.equal(answer.embeddings.float.length, 2);
  });

  await t.step("what is wrong is told by its place, in Cohere's shape", async () => {
    await refused({}, 400, /expected one of 'texts', 'images' and 'inputs', there is none/);
    await refused({ texts: ["a"], images: ["b"] }, 400, /there are 'texts' and 'images'/);
    await refused({ texts: [] }, 400, /'texts': it must be a list that is not empty/);
    await refused({ texts: ["a", 5] }, 400, /'texts.1': .*expected string/);
    await refused({ texts: ["a"], embedding_types: ["half"] }, 400, /'embedding_types.0'/);
    await refused({ texts: ["a"], truncate: "MIDDLE" }, 400, /'truncate'/);
    const both = { inputs: [{ content: [TEXT_PART] }, { content: [TEXT_PART, IMAGE_PART] }] };
    await refused(both, 400, /'inputs.1.content': it has a text and an image/);
    await refused({ images: [dataUri(RED_CIRCLE), "AAAA"] }, 400, /^images.1: Cannot identify/);
    await refused({ texts: ["a"], model: "no-such" }, 404, /No executor runs 'no-such': there is/);
    await refused('{"texts": [', 400, /The body is not JSON/);
  });

  await t.step("/v1/embed gives older clients the bare list, or what types they name", async () => {
    const { embeddings } = await embed({ texts: TEXTS });
    const bare = await embed({ texts: TEXTS }, "/v1/embed");
    assert.deepEqual(bare.embeddings, embeddings.float);
    assert.equal(bare.response_type, "embeddings_floats");
    assert.equal(bare.meta.api_version.version, "1");
    const typed = await embed({ texts: TEXTS, embedding_types: ["int8"] }, "/v1/embed");
    assert.deepEqual(Object.keys(typed.embeddings), ["int8"]);
    assert.equal(typed.response_type, "embeddings_by_type");
  });
});

Deno.test("more inputs than the flow allows are refused before they are read", async () => {
  await using server = await DemoHttp.start({ max_documents: 2 });
  const { status, body } = await server.post("/v2/embed", { texts: ["a", "b", "c"] });
  assert.equal(status, 413);
  assert.match(body.message, /3 inputs: 2 are allowed \('max_documents'\)/);
});
