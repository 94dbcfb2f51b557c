/** A preprocessing worker: texts to token ids, images to pixels, written into shared slots. */
/// <reference lib="deno.worker" />
import { ClipError } from "../src/errors.ts";
import { ImageTransform } from "../src/model/image.ts";
import { Tokenizer } from "../src/model/tokenizer/tokenizer.ts";
import type { FromPreprocess, PreprocessSpec, ToPreprocess } from "./messages.ts";

/** Runs tasks in the order of their arrival; one at a time, since a decode holds big buffers. */
function serve(spec: PreprocessSpec): void {
  const { shape, port } = spec;
  const tokenizer = new Tokenizer({
    contextLength: shape.contextLength,
    vocabSize: spec.vocabSize,
  });
  const ids = new Int32Array(spec.stores.text);
  const plane = 3 * shape.imageSize * shape.imageSize;
  const pixels = shape.pixelType === "uint8"
    ? new Uint8Array(spec.stores.pixels)
    : new Float32Array(spec.stores.pixels);
  const transform = new ImageTransform({
    size: shape.imageSize,
    mean: spec.mean,
    std: spec.std,
    layout: shape.pixelType,
    limits: { maxBytes: spec.maxImageBytes, maxPixels: spec.maxPixels },
  });

  const prepareTexts = (texts: readonly string[], slots: readonly number[]) =>
    texts.map((text, i) => {
      try {
        const length = tokenizer.encodeInto(text, ids, slots[i]! * shape.contextLength);
        return { length, error: null };
      } catch (thrown) {
        return { length: 0, error: ClipError.wrap(thrown, "document").toData() };
      }
    });

  const prepareImage = async (
    image: Parameters<typeof transform.transformInto>[0],
    slot: number,
  ) => {
    try {
      await transform.transformInto(image, pixels.subarray(slot * plane, (slot + 1) * plane));
      return { length: 0, error: null };
    } catch (thrown) {
      return { length: 0, error: ClipError.wrap(thrown, "document").toData() };
    }
  };

  let tail = Promise.resolve();
  const work = async (task: Exclude<ToPreprocess, { type: "close" }>) => {
    const start = performance.now();
    const outcomes = task.type === "texts"
      ? prepareTexts(task.texts, task.slots)
      : [await prepareImage(task.image, task.slot)];
    reply({
      type: "prepared",
      task: task.task,
      lengths: outcomes.map((outcome) => outcome.length),
      errors: outcomes.map((outcome) => outcome.error),
      ms: performance.now() - start,
    });
  };
  const reply = (message: FromPreprocess) => port.postMessage(message);

  port.onmessage = (event: MessageEvent<ToPreprocess>) => {
    const task = event.data;
    if (task.type === "close") {
      port.close();
      self.close();
      return;
    }
    tail = tail.then(() => work(task));
  };
  reply({ type: "ready" });
  self.postMessage({ type: "ready" });
}

self.onmessage = (event: MessageEvent<PreprocessSpec>) => serve(event.data);
