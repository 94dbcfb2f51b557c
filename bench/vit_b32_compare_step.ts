/** A step of `vit_b32.ts`: everything whose speed is compared, in one process and in turns. */
import type { EncodeItem } from "../src/model/item.ts";
import { BareSession } from "./bare_session.ts";
import { type BenchModel, embedAll, startBenchExecutor } from "./executor.ts";
import { captions, photos } from "./inputs.ts";
import { answerStep, stepTask } from "./step.ts";

/** The model, and where its fp32 graphs are. */
export interface CompareTask extends BenchModel {
  directory: string;
  imageSize: number;
}

/** Items per second of each, round by round. */
export type CompareAnswer = Record<
  "fixedTexts" | "freeTexts" | "texts" | "textsInt8" | "bareImages" | "images" | "imagesInt8",
  number[]
>;

const ROUNDS = 5;
const TEXTS = 192;
const IMAGES = 32;

if (import.meta.main) {
  const { directory, imageSize, ...model } = stepTask<CompareTask>();
  const bare = await BareSession.open(directory, imageSize);
  const { encoder: fp32 } = await startBenchExecutor(model);
  const { encoder: int8 } = await startBenchExecutor({ ...model, dtype: "int8" });
  const lines = captions().slice(0, TEXTS);
  const texts = lines.map(({ text }): EncodeItem => ({ modality: "text", text }));
  const images = (await photos(IMAGES)).map((bytes): EncodeItem => ({ modality: "image", bytes }));
  const batch = model.minibatchSize;
  const work: Record<keyof CompareAnswer, [number, () => Promise<unknown>]> = {
    fixedTexts: [TEXTS, () => bare.texts(lines, batch, false)],
    freeTexts: [TEXTS, () => bare.texts(lines, batch, true)],
    texts: [TEXTS, () => embedAll(fp32, texts)],
    textsInt8: [TEXTS, () => embedAll(int8, texts)],
    bareImages: [IMAGES, () => bare.images(IMAGES, batch)],
    images: [IMAGES, () => embedAll(fp32, images)],
    imagesInt8: [IMAGES, () => embedAll(int8, images)],
  };
  const kinds = Object.keys(work) as (keyof CompareAnswer)[];
  const answer = Object.fromEntries(kinds.map((kind) => [kind, []])) as unknown as CompareAnswer;
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const kind of kinds) {
      const [count, run] = work[kind];
      const start = performance.now();
      await run();
      if (round > 0) answer[kind].push(1000 * count / (performance.now() - start));
    }
  }
  await Promise.all([fp32.close(0), int8.close(0)]);
  answerStep(answer);
}
