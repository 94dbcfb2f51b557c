/** `merge`: joins the shards of a job. */
import { mergeShards } from "../../bulk/job/merge_shards.ts";
import type { Console } from "../model/console.ts";
import type { Given } from "../words/given.ts";
import { exitCode, summaryLine } from "./encode.ts";
import { interruption } from "./interruption.ts";
import { jobProgress } from "./job_progress.ts";
import { openOutputs } from "./output.ts";

/** Runs it; the exit code. @throws {ClipError} with the reason. */
export async function merge(given: Given, console: Console): Promise<number> {
  const [out, ...shards] = await openOutputs(given.words, given);
  const quiet = given.on("quiet");
  using interrupted = interruption((line) => quiet ? undefined : console.err(line));
  try {
    const summary = await mergeShards({
      out: out!,
      shards,
      overwrite: given.on("overwrite"),
      progress: jobProgress(console, quiet),
      signal: interrupted.signal,
    });
    if (given.on("json")) console.out(JSON.stringify(summary));
    else if (!quiet) console.out(summaryLine(summary));
    return exitCode(summary, given);
  } catch (thrown) {
    if (interrupted.signal.aborted) return interrupted.exitCode;
    throw thrown;
  }
}
