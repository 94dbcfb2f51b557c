import assert from "node:assert/strict";
import { cosine, norm } from "../../support/cosine.ts";
import { DemoHttp } from "../../support/demo_http.ts";
import { openGateways } from "../../support/gateways.ts";
import { PICTURE, RED_CIRCLE } from "../../support/shape_pictures.ts";

const TEXTUAL = { clip: { textual: { modelName: "demo", options: { language: "de" } } } };
const VISUAL = { clip: { visual: { modelName: "demo" } } };

/** A form as Immich's server makes it. */
function form(entries: unknown, fields: { text?: string; image?: Uint8Array<ArrayBuffer> } = {}) {
  const form = new FormData();
  form.append("entries", typeof entries === "string" ? entries : JSON.stringify(entries));
  if (fields.image) form.append("image", new Blob([fields.image]));
  if (fields.text !== undefined) form.append("text", fields.text);
  return form;
}

Deno.test("Immich's /predict", async (t) => {
  await using server = await DemoHttp.start();
  const send = async (body: BodyInit, headers: Record<string, string> = {}) => {
    const response = await fetch(`${server.url}/predict`, { method: "POST", body, headers });
    return { status: response.status, answer: await response.json() };
  };
  const embedding = async (body: FormData) => {
    const { status, answer } = await send(body);
    assert.equal(status, 200, JSON.stringify(answer));
    // It goes into SQL as it is.
    assert.equal(typeof answer.clip, "string");
    assert.match(answer.clip, /^\[(-?\d+(\.\d+)?(e-?\d+)?,?)+\]$/);
    return { ...answer, clip: JSON.parse(answer.clip) };
  };

  await t.step("a text and an image: vectors of length 1, and the image's size", async () => {
    const red = await embedding(form(TEXTUAL, { text: "a red circle" }));
    assert.deepEqual(Object.keys(red), ["clip"]);
    const blue = await embedding(form(TEXTUAL, { text: "a blue square" }));
    const circle = await embedding(form(VISUAL, { image: RED_CIRCLE }));
    assert.deepEqual([circle.imageWidth, circle.imageHeight], [PICTURE.width, PICTURE.height]);
    for (const { clip } of [red, blue, circle]) assert.ok(Math.abs(norm(clip) - 1) < 1e-5);
    assert.ok(cosine(circle.clip, red.clip) > cosine(circle.clip, blue.clip));
  });

  await t.step("what is wrong has Immich's statuses", async () => {
    const refused = async (body: BodyInit, status: number, reason: RegExp, type?: string) => {
      const sent = await send(body, type === undefined ? {} : { "content-type": type });
      assert.equal(sent.status, status, JSON.stringify(sent.answer));
      assert.match(sent.answer.detail, reason);
    };
    await refused(form(TEXTUAL), 400, /^Either image or text must be provided$/);
    await refused(form("{"), 422, /'entries': it is not JSON/);
    await refused(form([]), 422, /'entries'/);
    await refused(form({}, { text: "a" }), 422, /'entries.clip'/);
    await refused(form({ clip: {} }, { text: "a" }), 422, /neither 'textual' nor 'visual'/);
    await refused(form({ clip: { textual: {} } }, { text: "a" }), 422, /textual.modelName/);
    const both = { clip: { ...TEXTUAL.clip, ...VISUAL.clip } };
    await refused(form(both, { text: "a" }), 422, /'textual' and 'visual', expected one/);
    await refused(form(VISUAL, { text: "a" }), 422, /'visual' does not go with the field 'text'/);
    await refused(form(TEXTUAL, { image: RED_CIRCLE }), 422, /'textual' does not go with the fi/);
    await refused(form(" ".repeat(70_000)), 422, /'entries': it is longer than 65536 bytes/);
    await refused(form(VISUAL, { image: new Uint8Array(9) }), 400, /^image: Cannot identify/);
    const unknown = { clip: { visual: { modelName: "ViT-B-32__openai" } } };
    await refused(form(unknown, { image: RED_CIRCLE }), 404, /'ViT-B-32__openai': there is demo/);
    await refused("x", 422, /The form cannot be read/, "multipart/form-data; boundary=b");
  });

  await t.step("faces and texts in pictures are refused, and it says what to do", async () => {
    for (const task of ["facial-recognition", "ocr"]) {
      const entries = { [task]: { detection: { modelName: "buffalo_l" } } };
      const { status, answer } = await send(form(entries, { image: RED_CIRCLE }));
      assert.equal(status, 422);
      assert.match(answer.detail, new RegExp(`no '${task}', only 'clip'.*behind a router`));
    }
  });
});

Deno.test("Immich's /ping is well while requests would be served", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const url = `${gateways.url("http")}/ping`;
  const well = await fetch(url);
  assert.deepEqual([well.status, await well.text()], [200, "pong"]);
  gateways.encoder.ready = false;
  const ill = await fetch(url);
  assert.equal(ill.status, 503);
  assert.equal(typeof (await ill.json()).detail, "string");
});
