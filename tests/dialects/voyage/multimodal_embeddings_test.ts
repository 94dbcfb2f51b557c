import assert from "node:assert/strict";
import { cosine, norm } from "../../support/cosine.ts";
import { DemoHttp } from "../../support/demo_http.ts";
import { dataUri, PICTURE, RED_CIRCLE } from "../../support/shape_pictures.ts";

const PATH = "/v1/multimodalembeddings";
const text = (text: string) => ({ content: [{ type: "text", text }] });
const image = (image_base64: string) => ({ content: [{ type: "image_base64", image_base64 }] });
const PIXELS = PICTURE.width * PICTURE.height;

/** What Voyage's Python client sends of what it was not told. */
const NULLS = { input_type: null, truncation: true, output_dtype: null, output_dimension: null };

Deno.test("Voyage's /v1/multimodalembeddings", async (t) => {
  await using server = await DemoHttp.start();
  const embed = async (inputs: unknown[], more: Record<string, unknown> = {}) => {
    const { status, body } = await server.post(PATH, { inputs, model: "demo", ...NULLS, ...more });
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  };
  const vectors = async (inputs: unknown[], more: Record<string, unknown> = {}) =>
    (await embed(inputs, more)).data.map(({ embedding }: { embedding: unknown }) => embedding);

  await t.step("texts and images in one request, and what they are in all", async () => {
    const inputs = [text("a red circle"), image(dataUri(RED_CIRCLE)), text("a blue square")];
    const { object, data, model, usage } = await embed(inputs);
    assert.equal(object, "list");
    assert.equal(model, "demo");
    assert.deepEqual(
      data.map((item: { index: number; object: string }) => [item.index, item.object]),
      [
        [0, "embedding"],
        [1, "embedding"],
        [2, "embedding"],
      ],
    );
    const [red, circle, blue] = data.map((item: { embedding: number[] }) => item.embedding);
    for (const vector of [red, circle, blue]) assert.ok(Math.abs(norm(vector) - 1) < 1e-6);
    assert.ok(cosine(circle, red) > cosine(circle, blue));
    // Each 560 pixels count as one token.
    assert.deepEqual(usage, {
      text_tokens: 10,
      image_pixels: PIXELS,
      video_pixels: 0,
      total_tokens: 10 + Math.ceil(PIXELS / 560),
    });
  });

  await t.step("an image is a data URI, base64, or the address of one", async () => {
    const url = { content: [{ type: "image_url", image_url: dataUri(RED_CIRCLE) }] };
    const bare = image(RED_CIRCLE.toBase64());
    const { data, usage } = await embed([image(dataUri(RED_CIRCLE)), bare, url]);
    assert.deepEqual(data[1].embedding, data[0].embedding);
    assert.deepEqual(data[2].embedding, data[0].embedding);
    assert.equal(usage.image_pixels, 3 * PIXELS);
  });

  await t.step("every type, as numbers or as their bytes", async () => {
    const inputs = [text("a red circle")];
    const [float] = await vectors(inputs);
    const arrays = { int8: Int8Array, uint8: Uint8Array, binary: Int8Array, ubinary: Uint8Array };
    for (const [dtype, TypedArray] of Object.entries(arrays)) {
      const [numbers] = await vectors(inputs, { output_dtype: dtype });
      for (const key of ["encoding_format", "output_encoding"]) {
        const [packed] = await vectors(inputs, { output_dtype: dtype, [key]: "base64" });
        assert.deepEqual([...new TypedArray(Uint8Array.fromBase64(packed).buffer)], numbers, dtype);
      }
    }
    const [packed] = await vectors(inputs, { output_encoding: "base64" });
    const bytes = Uint8Array.fromBase64(packed);
    assert.deepEqual(new Float32Array(bytes.buffer), Float32Array.from(float));
  });

  await t.step("fewer dimensions, of length 1 again", async () => {
    const [cut] = await vectors([text("a red circle")], { output_dimension: 16 });
    assert.equal(cut.length, 16);
    assert.ok(Math.abs(norm(cut) - 1) < 1e-6);
  });

  await t.step("what is wrong is told by its place, in Voyage's shape", async () => {
    const refused = async (body: unknown, expected: number, reason: RegExp) => {
      const { status, body: answer } = await server.post(PATH, body);
      assert.equal(status, expected);
      assert.deepEqual(Object.keys(answer), ["detail"]);
      assert.match(answer.detail, reason);
    };
    const both = { content: [...text("a").content, ...image(dataUri(RED_CIRCLE)).content] };
    await refused({ inputs: [text("a"), both] }, 400, /'inputs.1.content': it has a text and an/);
    await refused({ inputs: [{ content: [] }] }, 400, /'inputs.0.content': .*list of 1 to 64/);
    await refused({ inputs: [] }, 400, /'inputs': it must be a list that is not empty/);
    const video = { content: [{ type: "video_url", video_url: "https://example.com/a.mp4" }] };
    await refused({ inputs: [video] }, 400, /'inputs.0.content.0.type': it must be 'text', 'image/);
    await refused({ inputs: [image("AAAA")] }, 400, /^inputs.0.content: Cannot identify/);
    await refused({ inputs: [text("a")], model: "voyage-multimodal-3" }, 404, /there is demo/);
    await refused({ inputs: [text("a")], output_dtype: "half" }, 400, /'output_dtype'/);
    await refused({ inputs: [text("a")], output_dimension: 999 }, 400, /'output_dimension': 999/);
    const long = { inputs: [text("a"), text("word ".repeat(100))] };
    await refused({ ...long, truncation: false }, 400, /'inputs.1.content' is longer than/);
    assert.equal((await embed(long.inputs)).data.length, 2);
  });
});
