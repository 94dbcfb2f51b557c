/** A step of `models.ts`: starts an executor on a converted checkpoint, as the server does; embeds. */
import { createHash } from "node:crypto";
import { ClipError } from "../src/errors.ts";
import type { EncodeItem } from "../src/dispatch/item.ts";
import { NO_OBSERVER } from "../src/dispatch/observer.ts";
import { loadFlow } from "../src/flow/load.ts";
import type { Executor } from "../src/gateway/executors.ts";
import { silentProgress } from "../src/model/store/progress.ts";
import { startExecutor, WORKER_URLS } from "../src/server/executor.ts";
import { SILENT_LOG } from "../src/telemetry/log.ts";
import { cosineDistance } from "./embedding.ts";
import { captions, photos } from "./inputs.ts";
import { type Memory, memory } from "./memory.ts";
import { answerStep, stepTask } from "./step.ts";

/** What is to be done. */
export interface ServeTask {
  name: string;
  checkpoint: string;
  /** Only what compares this start with another: no throughput, no batches. */
  brief: boolean;
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

type Encoder = Executor["encoder"];

/** About how long each throughput is measured. */
const BUDGET_MS = 8000;
/** In minibatches of 16. */
const MOST_IMAGES = 96;
const LEAST_IMAGES = 8;
const TEXTS = 256;

function flowOf({ name, checkpoint }: ServeTask): string {
  return JSON.stringify({
    jtype: "Flow",
    executors: [{
      name: "bench",
      uses: {
        jtype: "CLIPEncoder",
        with: { name, model_path: checkpoint, minibatch_size: 16, num_worker_preprocess: 1 },
        metas: { py_modules: ["clip_server.executors.clip_torch"] },
      },
    }],
  });
}

async function embed(encoder: Encoder, items: readonly EncodeItem[]): Promise<Float32Array[]> {
  const results = await encoder.encode(items);
  return results.map((result) => {
    if (result instanceof ClipError) throw result;
    return result;
  });
}

/** Embeds each alone, twice. */
async function alone(encoder: Encoder, items: readonly EncodeItem[]) {
  const first: Float32Array[] = [];
  let same = true;
  for (const item of items) {
    const [one] = await embed(encoder, [item]);
    const [again] = await embed(encoder, [item]);
    same &&= one!.every((value, i) => Object.is(value, again![i]));
    first.push(one!.slice());
  }
  return { first, same };
}

function invariance(single: readonly Float32Array[], batch: readonly Float32Array[]): number {
  return Math.max(...single.map((one, i) => cosineDistance(one, batch[i]!)));
}

async function perSecond(encoder: Encoder, items: readonly EncodeItem[]): Promise<number> {
  const start = performance.now();
  await embed(encoder, items);
  return 1000 * items.length / (performance.now() - start);
}

if (import.meta.main) {
  const task = stepTask<ServeTask>();
  const [config] = loadFlow({ text: flowOf(task), name: "bench.yml" }, {}).executors;
  const texts = captions().slice(0, TEXTS)
    .map(({ text }): EncodeItem => ({ modality: "text", text }));
  const files = await photos(task.brief ? 1 : LEAST_IMAGES);
  const images = files.map((bytes): EncodeItem => ({ modality: "image", bytes }));
  const start = performance.now();
  const { encoder } = await startExecutor(config!, {
    log: SILENT_LOG,
    progress: silentProgress,
    observer: NO_OBSERVER,
    workers: WORKER_URLS,
  });
  const startMs = performance.now() - start;
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
    answer.textInvariance = invariance(text.first, await embed(encoder, texts.slice(0, 16)));
    const batchStart = performance.now();
    answer.imageInvariance = invariance(image.first, await embed(encoder, images));
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
