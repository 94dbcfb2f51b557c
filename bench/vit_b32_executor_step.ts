/** A step of `vit_b32.ts`: one executor alone in its process, for its start and its memory. */
import type { EncodeItem } from "../src/model/item.ts";
import { type BenchModel, embedAll, startBenchExecutor } from "./executor.ts";
import { captions, photos } from "./inputs.ts";
import { type Memory, memory } from "./memory.ts";
import { answerStep, stepTask } from "./step.ts";

/** What is to be started. */
export interface ExecutorTask extends BenchModel {
  /** Whether it is to embed something, too. */
  work: boolean;
}

/** What came of it. */
export interface ExecutorAnswer {
  startMs: number;
  memory: Memory;
}

if (import.meta.main) {
  const { work, ...model } = stepTask<ExecutorTask>();
  const { encoder, startMs } = await startBenchExecutor(model);
  if (work) {
    const texts = captions().slice(0, 128).map(({ text }): EncodeItem => ({
      modality: "text",
      text,
    }));
    const images = (await photos(64)).map((bytes): EncodeItem => ({ modality: "image", bytes }));
    await embedAll(encoder, texts);
    await embedAll(encoder, images);
  }
  const answer: ExecutorAnswer = { startMs, memory: memory() };
  await encoder.close(0);
  answerStep(answer);
}
