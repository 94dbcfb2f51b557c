// deno-lint-ignore-file no-console -- a command-line program
/**
 * Pods, bytes and disks for so many documents a day, from what was measured (docs/scaling.md).
 *
 *     deno run -A bench/scaling/plan.ts --images-per-day 1e9 [--texts-per-day 0]
 *         [--model ViT-B-32] [--dtype fp32] [--device cpu] [--peak 2] [--load 0.7] [--spare 1]
 *         [--image-bytes 100000] [--protocol grpc]
 *         [--images-per-second 19.9] [--texts-per-second 129]
 *
 * `--images-per-second` and `--texts-per-second` are what one pod of one's own serves.
 */
import { planText } from "./plan/command.ts";

if (import.meta.main) {
  try {
    console.log(planText(Deno.args));
  } catch (thrown) {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    Deno.exit(2);
  }
}
