// Immich's server, by the requests of its machine-learning.repository.ts: multipart forms by node's FormData.
import { base, Checks, close, cos, model as pick, norm, RED, SEMANTIC, TEXTS } from "./_kit.mjs";
import { images, same, texts } from "./_reference.mjs";

const url = base(), c = new Checks();
const model = await pick(url);
console.log(`# Immich's requests, model ${model}`);

/** What predict() of the repository does, without its choice among servers. */
async function predict(payload, entries) {
  const form = new FormData();
  form.append("entries", JSON.stringify(entries));
  if (payload.image) form.append("image", new Blob([payload.image]));
  if (payload.text !== undefined) form.append("text", payload.text);
  return await fetch(new URL("/predict", url), { method: "POST", body: form });
}
const visual = (modelName = model) => ({ clip: { visual: { modelName } } });
const textual = (modelName = model, options = { language: "en" }) => ({ clip: { textual: { modelName, options } } });
async function clip(payload, entries) {
  const answer = await predict(payload, entries);
  if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
  return await answer.json();
}
/** The status of a refusal, whose body must be JSON. */
async function refused(payload, entries) {
  const answer = await predict(payload, entries);
  await answer.json();
  return answer.status;
}

const [red] = await images(url), wanted = await texts(url);
await c("GET /ping is well", async () => (await fetch(new URL("/ping", url))).ok);
const text = await clip({ text: TEXTS[0] }, textual());
await c("a text: the embedding is a string that holds JSON", () => typeof text.clip === "string" && same(JSON.parse(text.clip), wanted[0]));
const image = await clip({ image: RED }, visual());
await c("an image: the same, and its size", () =>
  same(JSON.parse(image.clip), red) && image.imageWidth === 64 && image.imageHeight === 64);
await c("the string is what PostgreSQL's vector takes", () => /^\[-?[\d.e-]+(, ?-?[\d.e-]+)*\]$/.test(image.clip));
await c("unit length", () => Math.abs(norm(JSON.parse(image.clip)) - 1) < 1e-5);
await c("without options, and with a language", async () => {
  const bare = await clip({ text: TEXTS[0] }, { clip: { textual: { modelName: model } } });
  const german = await clip({ text: TEXTS[0] }, textual(model, { language: "de" }));
  return same(JSON.parse(bare.clip), wanted[0]) && close(JSON.parse(german.clip), wanted[0]);
});
await c("several at once, each its own", async () => {
  const some = await Promise.all(TEXTS.map((text) => clip({ text }, textual())));
  return some.every((one, i) => same(JSON.parse(one.clip), wanted[i]));
});
if (SEMANTIC) {
  await c("semantic", () => cos(JSON.parse(image.clip), wanted[0]) > Math.max(cos(red, wanted[1]), cos(red, wanted[2])));
}
await c("neither image nor text is a 400", async () => await refused({}, visual()) === 400);
await c("entries that are no JSON are a 422", async () => {
  const form = new FormData();
  form.append("entries", "{nope");
  form.append("text", "x");
  return (await fetch(new URL("/predict", url), { method: "POST", body: form })).status === 422;
});
await c("an image that cannot be read is a 4xx", async () => [400, 422].includes(await refused({ image: Buffer.from("nonsense") }, visual())));
await c("an unknown model is a 404", async () => await refused({ text: "x" }, textual("no-such-model")) === 404);
const faces = { "facial-recognition": { detection: { modelName: "buffalo_l" }, recognition: { modelName: "buffalo_l" } } };
await c("faces are refused", async () => await refused({ image: RED }, faces) >= 400);
await c("texts in pictures are refused", async () =>
  await refused({ image: RED }, { ocr: { detection: { modelName: "PP-OCRv5_mobile" }, recognition: { modelName: "PP-OCRv5_mobile" } } }) >= 400);
c.end();
