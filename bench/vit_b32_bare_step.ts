/** A step of `vit_b32.ts`: a bare session alone in its process, for its memory. */
import { BareSession } from "./bare_session.ts";
import { captions } from "./inputs.ts";
import { type Memory, memory } from "./memory.ts";
import { answerStep, stepTask } from "./step.ts";

/** Where the graphs are, and how many items a run takes. */
export interface BareTask {
  directory: string;
  imageSize: number;
  batch: number;
}

if (import.meta.main) {
  const { directory, imageSize, batch } = stepTask<BareTask>();
  const bare = await BareSession.open(directory, imageSize);
  await bare.texts(captions().slice(0, 128), batch, true);
  await bare.images(64, batch);
  const answer: Memory = memory();
  answerStep(answer);
}
