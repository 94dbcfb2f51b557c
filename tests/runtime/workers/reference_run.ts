/** A thread that opens a model and embeds the fixtures' reference inputs with it, some times over. */
/// <reference lib="deno.worker" />
import { openModel, type OpenModelOptions } from "../../../src/runtime/model.ts";

/** What the thread is told. */
export interface ReferenceTask {
  open: OpenModelOptions;
  ids: Int32Array;
  textCount: number;
  pixels: Float32Array;
  imageCount: number;
  rounds: number;
}

/** What it answers: the embeddings of each round. */
export interface ReferenceAnswer {
  texts: Float32Array[];
  images: Float32Array[];
}

self.onmessage = async ({ data: task }: MessageEvent<ReferenceTask>) => {
  const model = await openModel(task.open);
  const answer: ReferenceAnswer = { texts: [], images: [] };
  const slots = (count: number) => Array.from({ length: count }, (_, slot) => slot);
  const lengths = slots(task.textCount).map(() => model.shape.contextLength);
  for (let round = 0; round < task.rounds; round++) {
    const texts = await model.embedTexts(task.ids, slots(task.textCount), lengths);
    answer.texts.push(texts.data.slice());
    const images = await model.embedImages(task.pixels, slots(task.imageCount));
    answer.images.push(images.data.slice());
  }
  await model.release();
  self.postMessage(answer);
};
