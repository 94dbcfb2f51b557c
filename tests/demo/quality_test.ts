/**
 * The demonstration model through the project's own code, without a server: checkpoint reader, graph
 * builder, tokenizer, image transform and ONNX Runtime, asked the questions of the held-out set.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { convertCheckpoint } from "../../src/graph/convert.ts";
import { ImageTransform } from "../../src/model/image.ts";
import { Tokenizer } from "../../src/model/tokenizer/tokenizer.ts";
import { type OpenedModel, openModel } from "../../src/runtime/model.ts";
import { allTexts, answerRate, type HeldOut, recallAt1, unit, type Vectors } from "./held_out.ts";

const MODEL = new URL("../../models/demo", import.meta.url).pathname;
const FIXTURE = new URL("../fixtures/demo", import.meta.url).pathname;
const BATCH = 32;

async function openDemo(directory: string): Promise<OpenedModel> {
  const state = openCheckpoint(MODEL);
  try {
    const graphs = join(directory, "graphs");
    await convertCheckpoint(state, graphs, { dtype: "fp32", target: "cpu", pixels: "float32" });
    return await openModel({
      model: {
        textual: join(graphs, "textual.onnx"),
        visual: join(graphs, "visual.onnx"),
        mean: state.architecture.mean,
        std: state.architecture.std,
        contextLength: state.architecture.text.contextLength,
        vocabSize: state.architecture.text.vocabSize,
        alreadyOptimized: false,
      },
      providers: [{ name: "cpu" }],
      threads: 1,
    });
  } finally {
    state.close();
  }
}

/** Embeds every key with `embed`, a few at a time, and normalises. */
async function vectors(
  keys: readonly string[],
  embed: (some: readonly string[]) => Promise<{ data: Float32Array; dim: number }>,
): Promise<Vectors> {
  const out = new Map<string, Float32Array>();
  for (let at = 0; at < keys.length; at += BATCH) {
    const some = keys.slice(at, at + BATCH);
    const { data, dim } = await embed(some);
    some.forEach((key, i) => out.set(key, unit(data.slice(i * dim, (i + 1) * dim))));
  }
  return out;
}

function embedTexts(model: OpenedModel, texts: readonly string[]): Promise<Vectors> {
  const tokenizer = new Tokenizer();
  const context = model.shape.contextLength;
  return vectors(texts, (some) => {
    const ids = new Int32Array(some.length * context);
    const lengths = some.map((text, i) => tokenizer.encodeInto(text, ids, i * context));
    return model.embedTexts(ids, some.map((_, i) => i), lengths);
  });
}

function embedFiles(model: OpenedModel, files: readonly string[]): Promise<Vectors> {
  const transform = new ImageTransform({ size: model.shape.imageSize });
  return vectors(files, async (some) => {
    const pixels = new Float32Array(some.length * transform.length);
    for (const [i, file] of some.entries()) {
      const bytes = await Deno.readFile(join(FIXTURE, file));
      const to = pixels.subarray(i * transform.length, (i + 1) * transform.length);
      await transform.transformInto(bytes, to);
    }
    return model.embedImages(pixels, some.map((_, i) => i));
  });
}

Deno.test("demo model answers about held-out scenes as its card says", async () => {
  const set = JSON.parse(await Deno.readTextFile(join(FIXTURE, "heldout.json"))) as HeldOut;
  const card = JSON.parse(await Deno.readTextFile(join(MODEL, "quality.json"))) as {
    committed: Record<string, number> & { retrieval: Record<string, number> };
  };
  const directory = await Deno.makeTempDir();
  const model = await openDemo(directory);
  try {
    const texts = await embedTexts(model, allTexts(set));
    const images = await embedFiles(model, set.pictures.map((picture) => picture.file));
    for (const task of Object.keys(set.zero_shot)) {
      const rate = answerRate(set, task, texts, images);
      // One picture in a task may lie so close to the border that rounding decides it.
      const margin = 100 / set.zero_shot[task]!.items.length + 0.1;
      const stated = card.committed[task]!;
      assert.ok(Math.abs(rate - stated) <= margin, `${task}: ${rate} %, the card says ${stated} %`);
    }
    for (const task of ["colour", "shape", "colour_shape"]) {
      const rate = answerRate(set, task, texts, images);
      assert.ok(rate >= 95, `${task}: ${rate} % of the answers are right, wanted 95 %`);
    }
    const found = recallAt1(set, texts, images);
    const stated = card.committed.retrieval["R@1"]!;
    assert.ok(Math.abs(found - stated) <= 1.1, `R@1: ${found} %, the card says ${stated} %`);
  } finally {
    await model.release();
    await Deno.remove(directory, { recursive: true });
  }
});
