/** Row 6: what a core prepares over what the session takes. */
import { runStep } from "../step.ts";
import type { BenchContext, Line } from "./context.ts";
import type { PreprocessAnswer } from "./preprocess_step.ts";

/** Row 6. */
export async function preprocessing(context: BenchContext): Promise<Line[]> {
  const image = await context.bareRun("image", 32);
  const prepared = await runStep<PreprocessAnswer>(
    new URL("./preprocess_step.ts", import.meta.url),
    { seconds: context.durations.bare },
  );
  const imageAgain = await context.bareRun("image", 32);
  const text = await context.bareRun("text", 32);
  const images = (image.perSecond + imageAgain.perSecond) / 2;
  const line = (what: string, perCore: number, session: number): Line => ({
    row: 6,
    what: `${what} prepared by a core over what the session takes`,
    ratio: perCore / session,
    target: "",
    detail: `${perCore.toFixed(0)}/s of CPU time over ${session.toFixed(1)}/s: ` +
      `${(100 * session / perCore).toFixed(1)} % of a core`,
  });
  return [
    line("JPEGs of 640 × 480", prepared.smallPerSecond, images),
    line("JPEGs of 3000 × 2000", prepared.largePerSecond, images),
    line("texts", prepared.textsPerSecond, text.perSecond),
  ];
}
