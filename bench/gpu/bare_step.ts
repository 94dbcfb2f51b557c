/** Nothing but sessions on a device, opened as a replica opens them: what serving is measured against. */
import { loadFlow } from "../../src/flow/load.ts";
import { silentProgress } from "../../src/model/store/progress.ts";
import { readStoreSettings } from "../../src/model/store/settings.ts";
import { claimVisibleDevices } from "../../src/runtime/cuda_environment.ts";
import { chooseDevice } from "../../src/runtime/device.ts";
import { type OpenedModel, openModel } from "../../src/runtime/model.ts";
import { prepareModel } from "../../src/server/model_source.ts";
import { setUpSessions } from "../../src/server/session_setup.ts";
import { SILENT_LOG } from "../../src/telemetry/log.ts";
import { serveTasks } from "../serving/json_process.ts";
import { benchFlow } from "../serving/model.ts";

/** What the step does. */
export type GpuTask =
  | {
    do: "open";
    name: string;
    checkpoint: string;
    cache: string;
    device: string;
    dtype: "fp32" | "fp16";
    /** Largest batch. */
    batch: number;
  }
  | { do: "run"; modality: "text" | "image"; batch: number; seconds: number };

/** What it answers. */
export type GpuAnswer =
  | {
    opened: true;
    device: string;
    adapter: string;
    dtype: string;
    openMs: number;
    warmUpMs: number;
  }
  /** Items a second. */
  | { rate: number };

/** Tokens of the texts: the mean of the captions that serving is measured with. */
const TEXT_LENGTH = 14;

let model: OpenedModel | undefined;

async function open(task: Extract<GpuTask, { do: "open" }>): Promise<GpuAnswer> {
  await model?.release();
  const { device, dtype, batch, cache } = task;
  const text = benchFlow(task, { encoder: { device, dtype, minibatch_size: batch } });
  const [config] = loadFlow({ text, name: "bench.yml" }, {}).executors;
  const choice = await chooseDevice({
    executor: "bench",
    device,
    runtime: "torch",
    dtype,
    replicas: 1,
    visibleDevices: claimVisibleDevices({}),
  });
  const prepared = await prepareModel(config!, {
    target: choice.target,
    dtype: choice.dtype,
    log: SILENT_LOG,
    progress: silentProgress,
    settings: { ...readStoreSettings(), cache },
  });
  const setup = await setUpSessions(config!, choice, prepared, {
    log: SILENT_LOG,
    cacheRoot: cache,
    threads: navigator.hardwareConcurrency,
  });
  const began = performance.now();
  model = await openModel(setup(0));
  const openMs = performance.now() - began;
  await model.warmUp([batch]);
  const warmUpMs = performance.now() - began - openMs;
  return {
    opened: true,
    device: choice.device,
    adapter: choice.adapter,
    dtype: choice.dtype,
    openMs: Math.round(openMs),
    warmUpMs: Math.round(warmUpMs),
  };
}

async function run(task: Extract<GpuTask, { do: "run" }>): Promise<GpuAnswer> {
  if (!model) throw new Error("Nothing is open");
  const { contextLength, imageSize, pixelType } = model.shape;
  const slots = Array.from({ length: task.batch }, (_, slot) => slot);
  const lengths = slots.map(() => TEXT_LENGTH);
  const ids = new Int32Array(task.batch * contextLength);
  for (const slot of slots) {
    for (let i = 0; i < TEXT_LENGTH; i++) {
      ids[slot * contextLength + i] = 400 + (slot * 31 + i) % 40_000;
    }
    ids[slot * contextLength + TEXT_LENGTH - 1] = 49_407;
  }
  const plane = 3 * imageSize ** 2;
  const pixels = pixelType === "uint8"
    ? Uint8Array.from({ length: task.batch * plane }, (_, i) => (i * 79) & 255)
    : Float32Array.from({ length: task.batch * plane }, (_, i) => ((i * 79) & 255) / 255);
  const once = () =>
    task.modality === "text"
      ? model!.embedTexts(ids, slots, lengths)
      : model!.embedImages(pixels, slots);
  await once();
  const began = performance.now();
  let runs = 0;
  while (performance.now() - began < task.seconds * 1000 || runs < 2) {
    await once();
    runs++;
  }
  return { rate: 1000 * runs * task.batch / (performance.now() - began) };
}

if (import.meta.main) {
  await serveTasks((task: GpuTask) => task.do === "open" ? open(task) : run(task));
}
