/** A step of `models.ts`: starts an executor on a converted checkpoint, as the server does; embeds. */
import { createHash } from "node:crypto";
import type { EncodeItem } from "../src/model/item.ts";
import { cosineDistance } from "./embedding.ts";
import { type BenchEncoder, embedAll, startBenchExecutor } from "./executor.ts";
import { captions, photos } from "./inputs.ts";
import { type Memory, memory } from "./memory.ts";
import { answerStep, stepTask } from "./step.ts";

/** What is to be done. */
export interface ServeTask {
  name: string;
  checkpoint: string;
  /** Only what compares this start with another: no throughput, no batches. */
  brief: boolean;
  /** How many texts the throughput is measured with; 256 if it is not said. */
  texts?: number;
}

/** What came of it. */
export interface ServeAnswer {
  /** From the configuration to a warm replica. */
  startMs: number;
  embedDim: number;
  /** Of a text's and an image's embedding, each embedded alone: another start must give the same. */
  fingerprint: string;
  /** Embedding the same text and image again gave the same bits. */
  deterministic: boolean;
  /** Largest cosine distance between embedded alone and embedded among others. */
  textInvariance: number;
  imageInvariance: number;
  textsPerSecond: number;
  imagesPerSecond: number;
  memory: Memory;
}

/** About how long each throughput is measured. */
const BUDGET_MS = 8000;
const MINIBATCH = 16;
const MOST_IMAGES = 96;
const LEAST_IMAGES = 8;
const TEXTS = 256;

/** Embeds each alone, twice. */
async function alone(encoder: BenchEncoder, items: readonly EncodeItem[]) {
  const first: Float32Array[] = [];
  let same = true;
  for (const item of items) {
    const [one] = await embedAll(encoder, [item]);
    const [again] = await embedAll(encoder, [item]);
    same &&= one!.every((value, i) => Object.is(value, again![i]));
    first.push(one!.slice());
  }
  return { first, same };
}

function invariance(single: readonly Float32Array[], batch: readonly Float32Array[]): number {
  return Math.max(...single.map((one, i) => cosineDistance(one, batch[i]!)));
}

async function perSecond(encoder: BenchEncoder, items: readonly EncodeItem[]): Promise<number> {
  const start = performance.now();
  await embedAll(encoder, items);
  return 1000 * items.length / (performance.now() - start);
}

if (import.meta.main) {
  const task = stepTask<ServeTask>();
  const texts = captions().slice(0, task.texts ?? TEXTS)
    .map(({ text }): EncodeItem => ({ modality: "text", text }));
  const files = await photos(task.brief ? 1 : LEAST_IMAGES);
  const images = files.map((bytes): EncodeItem => ({ modality: "image", bytes }));
  const { encoder, startMs } = await startBenchExecutor({
    name: task.name,
    path: task.checkpoint,
    runtime: "torch",
    minibatchSize: MINIBATCH,
  });
  const text = await alone(encoder, texts.slice(0, task.brief ? 1 : 4));
  const image = await alone(encoder, images.slice(0, task.brief ? 1 : 2));
  const fingerprint = createHash("sha256").update(new Uint8Array(text.first[0]!.buffer))
    .update(new Uint8Array(image.first[0]!.buffer)).digest("hex");
  const answer: ServeAnswer = {
    startMs,
    embedDim: encoder.shape.embedDim,
    fingerprint,
    deterministic: text.same && image.same,
    textInvariance: 0,
    imageInvariance: 0,
    textsPerSecond: 0,
    imagesPerSecond: 0,
    memory: memory(),
  };
  if (!task.brief) {
    answer.textInvariance = invariance(text.first, await embedAll(encoder, texts.slice(0, 16)));
    const batchStart = performance.now();
    answer.imageInvariance = invariance(image.first, await embedAll(encoder, images));
    const eachMs = (performance.now() - batchStart) / images.length;
    answer.textsPerSecond = await perSecond(encoder, texts);
    const count = Math.max(LEAST_IMAGES, Math.min(MOST_IMAGES, Math.round(BUDGET_MS / eachMs)));
    const more = (await photos(count)).map((bytes): EncodeItem => ({ modality: "image", bytes }));
    answer.imagesPerSecond = await perSecond(encoder, more);
    answer.memory = memory();
  }
  await encoder.close(0);
  answerStep(answer);
}
