// deno-lint-ignore-file no-console -- a program that webgpu_test.ts reads
/**
 * Embeds a fixture's reference inputs on the CPU, and on WebGPU in two threads at the same time;
 * prints the distances as JSON. Arguments: the checkpoint's path below tests/fixtures/checkpoints, or
 * `families/` and the name of one.
 */
import { join } from "node:path";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { convertCheckpoint } from "../../src/graph/convert.ts";
import { chooseDevice } from "../../src/runtime/device.ts";
import { webgpuLockMemory } from "../../src/runtime/device_lock.ts";
import type { OpenModelOptions } from "../../src/runtime/model.ts";
import { checkPlacement } from "../../src/runtime/placement.ts";
import { gpuBuckets } from "../../src/runtime/shape_policy.ts";
import { checkpointPath, readReference } from "../graph/reference.ts";
import { familyPath, readFamilyReference } from "../support/families.ts";
import { difference } from "../graph/tower_session.ts";
import type { ReferenceAnswer, ReferenceTask } from "./workers/reference_run.ts";

const [path] = Deno.args as [string];
const family = /^families\/(.+)$/.exec(path)?.[1];
const reference = family === undefined
  ? readReference(path.split("/")[0]!)
  : readFamilyReference(family);
const root = await Deno.makeTempDir();
const state = openCheckpoint(family === undefined ? checkpointPath(path) : familyPath(family));
const { architecture } = state;
const directory = join(root, "model");
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

function run(open: OpenModelOptions, rounds: number): Promise<ReferenceAnswer> {
  const worker = new Worker(new URL("./workers/reference_run.ts", import.meta.url), {
    type: "module",
  });
  const { promise, resolve, reject } = Promise.withResolvers<ReferenceAnswer>();
  worker.onmessage = ({ data }: MessageEvent<ReferenceAnswer>) => {
    worker.terminate();
    resolve(data);
  };
  worker.onerror = (event) => reject(new Error(event.message));
  const { ids, textCount, pixels, imageCount } = reference;
  worker.postMessage(
    { open, ids, textCount, pixels, imageCount, rounds } satisfies ReferenceTask,
  );
  return promise;
}

const choice = await chooseDevice({
  executor: "test",
  device: "webgpu",
  runtime: "torch",
  dtype: null,
  replicas: 2,
});
const onCpu = await run({ model, providers: [{ name: "cpu" }], threads: 1 }, 1);
const gpu = (owner: number): OpenModelOptions => ({
  model,
  providers: choice.providers(0),
  threads: 1,
  lock: { memory: webgpuLockMemory(), owner },
  // One more than there are texts and images: rows are padded.
  buckets: gpuBuckets(reference.textCount + 1, model.contextLength),
});
const placement = await checkPlacement(gpu(3));
const both = await Promise.all([run(gpu(1), 3), run(gpu(2), 3)]);

const width = architecture.embedDim;
const worst = (answers: ReferenceAnswer[], wanted: { texts: Float32Array; images: Float32Array }) =>
  Math.max(...answers.flatMap(({ texts, images }) => [
    ...texts.map((found) => difference(found, wanted.texts, width).max),
    ...images.map((found) => difference(found, wanted.images, width).max),
  ]));
console.log(JSON.stringify({
  adapter: choice.adapter,
  dtype: choice.dtype,
  placement,
  rounds: both.map(({ texts, images }) => [texts.length, images.length]),
  toCpu: worst(both, { texts: onCpu.texts[0]!, images: onCpu.images[0]! }),
  toReference: worst(both, { texts: reference.textEmbeds, images: reference.imageEmbeds }),
}));
await Deno.remove(root, { recursive: true });
