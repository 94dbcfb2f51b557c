/** A preprocessing worker: texts to token ids, images to pixels, written into shared slots. */
/// <reference lib="deno.worker" />
import { ClipError } from "../src/errors.ts";
import { ImageTransform } from "../src/model/image.ts";
import type { FromPreprocess, PreprocessSpec, ToPreprocess } from "./messages.ts";
import { type PreparedItem, TextSlots } from "./text_slots.ts";

/** A task. */
type Task = Exclude<ToPreprocess, { type: "open" }>;

/** What is done with tasks, known once the model is. */
let work: ((task: Task) => Promise<void>) | undefined;

/** Tasks are done in the order of their arrival, one at a time: a decode holds big buffers. */
let tail = Promise.resolve();

function reply(message: FromPreprocess): void {
  self.postMessage(message);
}

function open(spec: PreprocessSpec): typeof work {
  const { shape } = spec;
  const texts = new TextSlots(spec);
  const plane = 3 * shape.imageSize * shape.imageSize;
  const pixels = shape.pixelType === "uint8"
    ? new Uint8Array(spec.stores.pixels)
    : new Float32Array(spec.stores.pixels);
  const transform = new ImageTransform({
    size: shape.imageSize,
    mean: spec.mean,
    std: spec.std,
    ...(spec.resize === undefined ? {} : { resize: spec.resize }),
    ...(spec.imageLibrary === undefined ? {} : { library: spec.imageLibrary }),
    layout: shape.pixelType,
    limits: {
      maxBytes: spec.maxImageBytes,
      maxPixels: spec.maxPixels,
      maxDecodeBytes: spec.maxDecodeBytes,
      timeoutMs: spec.imageTimeoutMs,
    },
  });

  const prepareImage = async (
    image: Parameters<typeof transform.transformInto>[0],
    slot: number,
  ): Promise<PreparedItem> => {
    try {
      await transform.transformInto(image, pixels.subarray(slot * plane, (slot + 1) * plane));
      return { length: 0, error: null };
    } catch (thrown) {
      return { length: 0, error: ClipError.wrap(thrown, "document").toData() };
    }
  };

  return async (task) => {
    const start = performance.now();
    const outcomes = task.type === "texts"
      ? task.texts.map((text, i) => texts.prepare(text, task.slots[i]!))
      : [await prepareImage(task.image, task.slot)];
    reply({
      type: "prepared",
      task: task.task,
      lengths: outcomes.map((outcome) => outcome.length),
      errors: outcomes.map((outcome) => outcome.error),
      ms: performance.now() - start,
    });
  };
}

self.onmessage = ({ data }: MessageEvent<ToPreprocess>) => {
  if (data.type === "open") {
    work = open(data.spec);
    reply({ type: "ready" });
  } else tail = tail.then(() => work!(data));
};
