/** How a long job is shown on this console. */
import { stderr } from "node:process";
import {
  barProgress,
  lineProgress,
  type ProgressReporter,
  silentProgress,
} from "../../bulk/job/progress.ts";
import type { Console } from "../model/console.ts";

/** A bar on a terminal, lines elsewhere, nothing if nobody wants to see it. */
export function jobProgress(console: Console, quiet: boolean): ProgressReporter {
  if (quiet) return silentProgress;
  if (!Deno.stderr.isTerminal()) return lineProgress((line) => console.err(line));
  return barProgress(stderr, { color: (console.env("NO_COLOR") ?? "") === "" });
}
