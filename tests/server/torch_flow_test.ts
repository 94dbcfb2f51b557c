/** From a torch flow over HTTP to the embeddings of the original: real texts, real image files. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { CHECKPOINTS, fixtureBytes } from "../checkpoint/fixture_files.ts";
import { difference } from "../graph/tower_session.ts";
import { TemporaryStore } from "../model/store/fakes.ts";
import { ModelServer } from "../support/model_server.ts";
import { onnxModel } from "../support/onnx_model.ts";
import {
  imageReference,
  type PipelineReference,
  textReference,
} from "../support/pipeline_reference.ts";

const COSINE_DISTANCE = 1e-6;

/** Rows further from the reference than that, by label. */
function farRows(got: Float32Array, { embeds, labels, width }: PipelineReference): string[] {
  assert.equal(got.length, embeds.length);
  return labels.flatMap((label, row) => {
    const [from, to] = [row * width, (row + 1) * width];
    const { cosine } = difference(got.subarray(from, to), embeds.subarray(from, to), width);
    return cosine <= COSINE_DISTANCE ? [] : [`${label}: ${cosine}`];
  });
}

async function assertPipeline(server: ModelServer, model: "vit-a" | "rn-a"): Promise<void> {
  for (const reference of [textReference(model), imageReference(model)]) {
    assert.deepEqual(farRows(await server.embed(reference.questions), reference), []);
  }
}

Deno.test("a gzipped checkpoint file: texts and images as the original, what is assumed is logged", async () => {
  await using store = new TemporaryStore({ offline: true });
  const modelPath = join(CHECKPOINTS, "vit-a/openai_jit.pt.gz");
  await using server = await ModelServer.start(
    { runtime: "torch", name: "my-own-model", modelPath },
    store,
  );
  await assertPipeline(server, "vit-a");
  const log = server.log.join("\n");
  assert.match(log, /Unpacking '.*openai_jit\.pt\.gz'/);
  assert.match(log, /OpenAI's are assumed \(QuickGELU, heads of 64 channels/);
  assert.match(log, /Model converted model=my-own-model/);
  assert.deepEqual(server.server.executors[0]?.models, ["my-own-model", "my-own-model"]);
});

Deno.test("a directory with a ResNet and its config: texts and images as the original", async () => {
  await using store = new TemporaryStore({ offline: true });
  const config = Deno.readFileSync(join(CHECKPOINTS, "rn-a/open_clip_config.json"));
  await store.put("model/open_clip_config.json", config);
  await store.put("model/open_clip_pytorch_model.bin", fixtureBytes("rn-a/openai_jit.pt"));
  await using server = await ModelServer.start(
    { runtime: "torch", name: "my-resnet", modelPath: join(store.root, "model"), replicas: 2 },
    store,
  );
  await assertPipeline(server, "rn-a");
  assert.doesNotMatch(server.log.join("\n"), /assumed|Unpacking/);
});

Deno.test("the name of a larger model is only a label for a checkpoint of another size", async () => {
  await using store = new TemporaryStore({ offline: true });
  const modelPath = await store.put("mine.pt", fixtureBytes("vit-a/openai_jit.pt"));
  // ViT-B-32::openai is twelve heads wide.
  const name = "ViT-B-32::openai";
  await using server = await ModelServer.start({ runtime: "torch", name, modelPath }, store);
  const reference = textReference("vit-a");
  assert.deepEqual(farRows(await server.embed(reference.questions), reference), []);
  assert.match(server.log.join("\n"), /these are those of 'ViT-B-32::openai': activation/);
  assert.match(server.log.join("\n"), /'ViT-B-32::openai' is only a label here: the model in/);
  assert.deepEqual(server.server.executors[0]?.models, [name, name]);
});

Deno.test("texts cut to their length embed as those padded to a foreign graph's fixed 77", async () => {
  await using store = new TemporaryStore({ offline: true });
  const modelPath = await store.put("rn-a.pt", fixtureBytes("rn-a/openai_jit.pt"));
  const { questions, width } = textReference("rn-a");
  await using free = await ModelServer.start({ runtime: "torch", modelPath }, store);
  await using fixed = await ModelServer.start(
    { runtime: "onnx", modelPath: await onnxModel("rn-a") },
    store,
  );
  assert.equal(free.server.executors[0]?.encoder.shape.freeTextLength, true);
  assert.equal(fixed.server.executors[0]?.encoder.shape.freeTextLength, false);
  const { max } = difference(await free.embed(questions), await fixed.embed(questions), width);
  assert.ok(max <= 1e-5, `max abs difference ${max}`);
});

Deno.test("a second start converts nothing, and embeds the same bits", async () => {
  await using store = new TemporaryStore({ offline: true });
  const modelPath = await store.put("rn-a.pt", fixtureBytes("rn-a/openai_jit.pt"));
  const embeddings: Float32Array[] = [];
  for (const log of [/Model converted/, /Converted model found/]) {
    await using server = await ModelServer.start({ runtime: "torch", modelPath }, store);
    assert.match(server.log.join("\n"), log);
    embeddings.push(await server.embed([{ text: "a photo of a cat" }]));
  }
  assert.deepEqual(embeddings[1], embeddings[0]);
  assert.deepEqual([...Deno.readDirSync(join(store.settings.cache, "graphs"))].length, 1);
});

for (const dtype of ["fp16", "int8"] as const) {
  Deno.test(`dtype ${dtype} stays near the original over the whole pipeline`, async () => {
    await using store = new TemporaryStore({ offline: true });
    const modelPath = await store.put("vit-a.pt", fixtureBytes("vit-a/openai_jit.pt"));
    await using server = await ModelServer.start({ runtime: "torch", modelPath, dtype }, store);
    assert.equal(server.server.executors[0]?.description.dtype, dtype);
    const { questions, embeds, width } = textReference("vit-a");
    const { cosine } = difference(await server.embed(questions), embeds, width);
    assert.ok(cosine <= (dtype === "fp16" ? 2e-6 : 3e-3), `cosine distance ${cosine}`);
  });
}

Deno.test("a model without a name is called after its file, in the log and for clients", async () => {
  await using store = new TemporaryStore({ offline: true });
  const modelPath = await store.put("fashion/model.pt", fixtureBytes("vit-a/openai_jit.pt"));
  await using server = await ModelServer.start({ runtime: "torch", modelPath }, store);
  const [executor] = server.server.executors;
  assert.equal(executor?.description.model, "fashion");
  assert.deepEqual(executor?.models, ["fashion", "fashion"]);
  assert.match(server.log.join("\n"), /Model ready model=fashion/);
  assert.doesNotMatch(server.log.join("\n"), /ViT-B-32/);
});
