/** A step of `models.ts`: converts a checkpoint into the cache. */
import { convertCached } from "../src/graph/conversion_cache.ts";
import { findModel } from "../src/model/catalog/catalog.ts";
import { conversionSource } from "../src/model/conversion.ts";
import { cacheDirectory } from "../src/model/store/settings.ts";
import { memory } from "./memory.ts";
import { answerStep, stepTask } from "./step.ts";

/** What is to be converted. */
export interface ConvertTask {
  name: string;
  checkpoint: string;
}

/** What it took. */
export interface ConvertAnswer {
  hashMs: number;
  convertMs: number;
  /** Most memory of the process, and before it began. */
  peakMiB: number;
  parameters: number;
  graphBytes: number;
}

if (import.meta.main) {
  const { name, checkpoint } = stepTask<ConvertTask>();
  const found = findModel(name);
  if (!found.ok) throw new Error(found.message);
  const began = performance.now();
  let hashed = began;
  const { manifest } = await convertCached(await conversionSource(checkpoint, found.model), {
    cacheRoot: cacheDirectory(),
    dtype: "fp32",
    target: "cpu",
    pixels: "uint8",
    onProgress: (phase) => {
      if (phase === "hashing") hashed = performance.now();
    },
  });
  const answer: ConvertAnswer = {
    hashMs: hashed - began,
    convertMs: performance.now() - hashed,
    peakMiB: memory().peak,
    parameters: manifest.parameterCount,
    graphBytes: Object.values(manifest.files).reduce((sum, size) => sum + size, 0),
  };
  answerStep(answer);
}
