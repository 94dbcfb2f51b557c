/** `encode`: embeds inputs into files. */
import type { JobSummary } from "../../bulk/job/summary.ts";
import { type JobOptions, runJob } from "../../bulk/job/run_job.ts";
import type { OutputFormat } from "../../bulk/outputs/formats.ts";
import { openEmbedder } from "../embedding/open_embedder.ts";
import { EXIT_OK, EXIT_WITH_ERRORS } from "../exit_code.ts";
import type { Console } from "../model/console.ts";
import type { Given } from "../words/given.ts";
import { openGivenInput } from "./input.ts";
import { interruption } from "./interruption.ts";
import { jobProgress } from "./job_progress.ts";
import { openOutput } from "./output.ts";
import { readShard } from "./shard_option.ts";

const MOST_ROWS_PER_FILE = 1_000_000_000;

/** Runs it; the exit code. @throws {ClipError} with the reason. */
export async function encode(given: Given, console: Console): Promise<number> {
  const to = given.text("out");
  if (to === undefined) throw given.fault("Say where to: --out DIR");
  const out = await openOutput(to, given);
  const options = encodeOptions(given);
  const shard = readShard(given);
  const quiet = given.on("quiet");
  using interrupted = interruption((line) => quiet ? undefined : console.err(line));
  const input = await openGivenInput(given, interrupted.signal);
  const embedder = await openEmbedder(given, console);
  try {
    const summary = await runJob({
      input,
      embedder,
      out,
      ...options,
      ...(shard === undefined ? {} : { shard }),
      strict: given.on("strict"),
      overwrite: given.on("overwrite"),
      fingerprint: { "--dtype": given.text("dtype") ?? "auto" },
      progress: jobProgress(console, quiet),
      signal: interrupted.signal,
    });
    if (given.on("json")) console.out(JSON.stringify(summary));
    else if (!quiet) console.out(summaryLine(summary));
    if (summary.interrupted) return interrupted.exitCode;
    return exitCode(summary, given);
  } finally {
    await embedder.close();
  }
}

/** What a job that is done ends with. */
export function exitCode({ failed }: JobSummary, given: Given): number {
  return failed > 0 && !given.on("accept-errors") ? EXIT_WITH_ERRORS : EXIT_OK;
}

/** What of a job the options say. @throws {ClipError} "config" if they do not go together. */
export function encodeOptions(
  given: Given,
): Pick<JobOptions, "format" | "dtype" | "normalize" | "embed" | "rowsPerFile"> {
  const rowsPerFile = given.whole("rows-per-file", 1, MOST_ROWS_PER_FILE);
  const dtype = given.choice("dtype-out", ["float32", "float16"]);
  const embed = given.choice("embed", ["any", "image", "text", "both"]);
  return {
    format: outputFormat(given),
    ...(dtype === undefined ? {} : { dtype }),
    ...(given.on("normalize") ? { normalize: true } : {}),
    ...(embed === undefined ? {} : { embed }),
    ...(rowsPerFile === undefined ? {} : { rowsPerFile }),
  };
}

function outputFormat(given: Given): OutputFormat {
  const format = given.choice("format", ["npy", "parquet", "jsonl"]);
  if (given.text("layout") !== "clip-retrieval") return format ?? "npy";
  if (format === undefined || format === "npy") return "clip-retrieval";
  throw given.fault(`--layout clip-retrieval is of .npy files: --format ${format} does not fit`);
}

const thousands = new Intl.NumberFormat("en-US");

/** `embeddings: 1,000 rows, 998 embedded of 512 dimensions, 2 in errors.jsonl, 12.3 s (81/s)`. */
export function summaryLine(summary: JobSummary): string {
  const { folder, rows, embedded, failed, dimensions, seconds, rate, errorsFile } = summary;
  const parts = [
    `${thousands.format(rows)} rows`,
    `${thousands.format(embedded)} embedded` +
    (dimensions === undefined ? "" : ` in ${dimensions} dimensions`),
  ];
  if (failed > 0) parts.push(`${thousands.format(failed)} failed (${errorsFile})`);
  if (summary.alreadyDone) parts.push("done before");
  else parts.push(`${seconds.toFixed(1)} s (${thousands.format(Math.round(rate))}/s)`);
  const line = `${folder}: ${parts.join(", ")}`;
  return summary.interrupted ? `${line}; interrupted: the same command goes on` : line;
}
