/** A step of `vit_b32.ts`: nothing but ONNX Runtime on the converted graphs. */
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { median } from "./embedding.ts";
import { captions } from "./inputs.ts";
import { type Memory, memory } from "./memory.ts";
import { answerStep, stepTask } from "./step.ts";

/** What came of it: items per second. */
export interface BareAnswer {
  fixedTexts: number;
  freeTexts: number;
  images: number;
  memory: Memory;
}

const BATCH = 32;
const ROUNDS = 3;
const CONTEXT = 77;

if (import.meta.main) {
  const { directory } = stepTask<{ directory: string }>();
  const open = (name: string) => ort.InferenceSession.create(join(directory, name));
  const [textual, visual] = [await open("textual.onnx"), await open("visual.onnx")];
  const all = captions();

  /** All captions in their order, each batch as long as its longest, or as the context. */
  const texts = async (cut: boolean) => {
    const began = performance.now();
    for (let from = 0; from < all.length; from += BATCH) {
      const rows = all.slice(from, from + BATCH);
      const length = cut ? Math.max(...rows.map((row) => row.length)) : CONTEXT;
      const ids = new Int32Array(rows.length * length);
      rows.forEach((row, i) => ids.set(row.ids.slice(0, length), i * length));
      await textual.run({ input_ids: new ort.Tensor("int32", ids, [rows.length, length]) });
    }
    return 1000 * all.length / (performance.now() - began);
  };
  const pixels = Uint8Array.from({ length: BATCH * 3 * 224 * 224 }, (_, i) => (i * 7919) & 255);
  const images = async () => {
    const began = performance.now();
    await visual.run({ pixel_values: new ort.Tensor("uint8", pixels, [BATCH, 3, 224, 224]) });
    return 1000 * BATCH / (performance.now() - began);
  };
  await images();
  const rates: [number[], number[], number[]] = [[], [], []];
  // In turns, so that the machine's other work weighs on all alike.
  for (let round = 0; round < ROUNDS; round++) {
    rates[0].push(await texts(false));
    rates[1].push(await texts(true));
    rates[2].push(await images());
  }
  const answer: BareAnswer = {
    fixedTexts: median(rates[0]),
    freeTexts: median(rates[1]),
    images: median(rates[2]),
    memory: memory(),
  };
  answerStep(answer);
}
