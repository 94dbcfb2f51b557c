// deno-lint-ignore-file no-console -- a program that webgpu_test.ts reads
/**
 * Embeds fixtures' reference inputs on the CPU, and on WebGPU in two threads at the same time; prints
 * the distances as JSON, a line for each fixture. Arguments: checkpoints' paths below
 * tests/fixtures/checkpoints, or `families/` and the name of one.
 *
 * Nearly all of the time goes into compiling shaders. The first fixture is begun with none compiled,
 * as a server begins; a session of it that stays open then keeps what is compiled for the others.
 */
import { join } from "node:path";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { convertCheckpoint } from "../../src/graph/convert.ts";
import { chooseDevice } from "../../src/runtime/device.ts";
import { webgpuLockMemory } from "../../src/runtime/device_lock.ts";
import { type OpenedModel, openModel, type OpenModelOptions } from "../../src/runtime/model.ts";
import { checkPlacement } from "../../src/runtime/placement.ts";
import { gpuBuckets } from "../../src/runtime/shape_policy.ts";
import { checkpointPath, readReference } from "../graph/reference.ts";
import { familyPath, readFamilyReference } from "../support/families.ts";
import { difference } from "../graph/tower_session.ts";
import type { ReferenceAnswer, ReferenceTask } from "./workers/reference_run.ts";

/** Texts and images of a batch, the first of each fixture: a GPU that is computed is slow. */
const ROWS = 3;

const root = await Deno.makeTempDir();
const choice = await chooseDevice({
  executor: "test",
  device: "webgpu",
  runtime: "torch",
  dtype: null,
  replicas: 2,
});
let kept: OpenedModel | undefined;
for (const [index, path] of Deno.args.entries()) {
  const { gpu, found } = await compare(path, join(root, String(index)));
  console.log(JSON.stringify(found));
  kept ??= await openModel(gpu);
}
await kept?.release();
await Deno.remove(root, { recursive: true });

async function compare(path: string, directory: string) {
  const family = /^families\/(.+)$/.exec(path)?.[1];
  const reference = family === undefined
    ? readReference(path.split("/")[0]!)
    : readFamilyReference(family);
  const state = openCheckpoint(family === undefined ? checkpointPath(path) : familyPath(family));
  const { architecture } = state;
  await convertCheckpoint(state, directory, { dtype: "fp32", target: "gpu", pixels: "float32" });
  state.close();

  const model: OpenModelOptions["model"] = {
    textual: join(directory, "textual.onnx"),
    visual: join(directory, "visual.onnx"),
    imageSize: architecture.vision.imageSize,
    mean: architecture.mean,
    std: architecture.std,
    contextLength: architecture.text.contextLength,
    vocabSize: architecture.text.vocabSize,
    padId: architecture.text.padId,
    alreadyOptimized: false,
  };
  const gpu = (owner: number): OpenModelOptions => ({
    model,
    providers: choice.providers(0),
    threads: 1,
    lock: { memory: webgpuLockMemory(), owner },
    // One more than there are texts and images: rows are padded.
    buckets: gpuBuckets(ROWS + 1, model.contextLength),
  });
  const { ids, pixels } = reference;
  const textCount = Math.min(ROWS, reference.textCount);
  const imageCount = Math.min(ROWS, reference.imageCount);
  const run = (open: OpenModelOptions, rounds: number) =>
    embed({ open, ids, textCount, pixels, imageCount, rounds });
  const onCpu = await run({ model, providers: [{ name: "cpu" }], threads: 1 }, 1);
  const placement = await checkPlacement(gpu(3));
  const both = await Promise.all([run(gpu(1), 3), run(gpu(2), 3)]);

  const width = architecture.embedDim;
  const worst = (wanted: { texts: Float32Array; images: Float32Array }) =>
    Math.max(...both.flatMap(({ texts, images }) => [
      ...texts.map((found) => difference(found, wanted.texts, width).max),
      ...images.map((found) => difference(found, wanted.images, width).max),
    ]));
  const first = (rows: Float32Array, count: number) => rows.subarray(0, count * width);
  const found = {
    path,
    adapter: choice.adapter,
    dtype: choice.dtype,
    placement,
    rows: { texts: textCount, images: imageCount },
    rounds: both.map(({ texts, images }) => [texts.length, images.length]),
    toCpu: worst({ texts: onCpu.texts[0]!, images: onCpu.images[0]! }),
    toReference: worst({
      texts: first(reference.textEmbeds, textCount),
      images: first(reference.imageEmbeds, imageCount),
    }),
  };
  return { gpu: gpu(4), found };
}

/** Embeds in a thread of its own. */
function embed(task: ReferenceTask): Promise<ReferenceAnswer> {
  const worker = new Worker(new URL("./workers/reference_run.ts", import.meta.url), {
    type: "module",
  });
  const { promise, resolve, reject } = Promise.withResolvers<ReferenceAnswer>();
  worker.onmessage = ({ data }: MessageEvent<ReferenceAnswer>) => {
    worker.terminate();
    resolve(data);
  };
  worker.onerror = (event) => reject(new Error(event.message));
  worker.postMessage(task);
  return promise;
}
