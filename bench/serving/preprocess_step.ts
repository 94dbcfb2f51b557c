/** Pictures and texts that a core prepares in a second of its time. */
import process from "node:process";
import { ImageTransform } from "../../src/model/image.ts";
import { Tokenizer } from "../../src/model/tokenizer/tokenizer.ts";
import { photo } from "../inputs.ts";
import { answerStep, stepTask } from "../step.ts";
import { Work } from "./work.ts";

/** Items a second of CPU time, all threads of the process together. */
export interface PreprocessAnswer {
  smallPerSecond: number;
  largePerSecond: number;
  textsPerSecond: number;
}

async function perSecond(seconds: number, prepare: (index: number) => unknown): Promise<number> {
  for (let i = 0; i < 5; i++) await prepare(i);
  const cpu = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  const start = cpu();
  let count = 0;
  while (count < 3 || cpu() - start < seconds) await prepare(count++);
  return count / (cpu() - start);
}

if (import.meta.main) {
  const { seconds } = stepTask<{ seconds: number }>();
  const work = await Work.make();
  const transform = new ImageTransform({ size: 224, layout: "uint8" });
  const pixels = new Uint8Array(transform.length);
  const large = await photo(1, 3000, 2000);
  const small = Array.from({ length: 16 }, (_, i) => work.image(i));
  const tokenizer = new Tokenizer();
  const ids = new Int32Array(77);
  const answer: PreprocessAnswer = {
    smallPerSecond: await perSecond(
      seconds,
      (i) => transform.transformInto(small[i % small.length]!, pixels),
    ),
    largePerSecond: await perSecond(seconds, () => transform.transformInto(large, pixels)),
    textsPerSecond: await perSecond(seconds, (i) => {
      for (let j = 0; j < 100; j++) tokenizer.encodeInto(work.text(100 * i + j), ids, 0);
    }) * 100,
  };
  answerStep(answer);
}
