/** A step of `vit_b32.ts`: an executor as the server starts it. */
import { ClipError } from "../src/errors.ts";
import type { EncodeItem } from "../src/dispatch/item.ts";
import { NO_OBSERVER } from "../src/dispatch/observer.ts";
import { loadFlow } from "../src/flow/load.ts";
import { silentProgress } from "../src/model/store/progress.ts";
import { startExecutor, WORKER_URLS } from "../src/server/executor.ts";
import { SILENT_LOG } from "../src/telemetry/log.ts";
import { median } from "./embedding.ts";
import { captions, photos } from "./inputs.ts";
import { type Memory, memory } from "./memory.ts";
import { answerStep, stepTask } from "./step.ts";

/** What is to be started. */
export interface ExecutorTask {
  name: string;
  path: string;
  runtime: "torch" | "onnx";
  dtype?: "fp32" | "int8";
  /** Whether it is to embed something, too. */
  work: boolean;
}

/** What came of it. */
export interface ExecutorAnswer {
  startMs: number;
  textsPerSecond: number;
  imagesPerSecond: number;
  memory: Memory;
}

const IMAGES = 64;
const ROUNDS = 3;

if (import.meta.main) {
  const { name, path, runtime, dtype = "fp32", work } = stepTask<ExecutorTask>();
  const flow = JSON.stringify({
    jtype: "Flow",
    executors: [{
      name: "bench",
      uses: {
        jtype: "CLIPEncoder",
        with: { name, model_path: path, dtype, minibatch_size: 32, num_worker_preprocess: 2 },
        metas: { py_modules: [`clip_server.executors.clip_${runtime}`] },
      },
    }],
  });
  const [config] = loadFlow({ text: flow, name: "bench.yml" }, {}).executors;
  const start = performance.now();
  const { encoder } = await startExecutor(config!, {
    log: SILENT_LOG,
    progress: silentProgress,
    observer: NO_OBSERVER,
    workers: WORKER_URLS,
  });
  const answer: ExecutorAnswer = {
    startMs: performance.now() - start,
    textsPerSecond: 0,
    imagesPerSecond: 0,
    memory: memory(),
  };
  const perSecond = async (items: EncodeItem[]) => {
    const rates: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const began = performance.now();
      for (const result of await encoder.encode(items)) {
        if (result instanceof ClipError) throw result;
      }
      rates.push(1000 * items.length / (performance.now() - began));
    }
    return median(rates);
  };
  if (work) {
    answer.textsPerSecond = await perSecond(
      captions().map(({ text }): EncodeItem => ({ modality: "text", text })),
    );
    answer.imagesPerSecond = await perSecond(
      (await photos(IMAGES)).map((bytes): EncodeItem => ({ modality: "image", bytes })),
    );
    answer.memory = memory();
  }
  await encoder.close(0);
  answerStep(answer);
}
