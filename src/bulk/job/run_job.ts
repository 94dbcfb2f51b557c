/** A long job: embeds an input into files, and goes on where it was when it is run again. */
import { ClipError } from "../../errors.ts";
import { StoreError } from "../../storage/object_store.ts";
import { VERSION } from "../../version.ts";
import type { Embedder } from "../embedder.ts";
import type { OutputFormat } from "../outputs/formats.ts";
import type { Dtype } from "../outputs/npy.ts";
import type { Input, InputRow } from "../row.ts";
import { packProbe } from "../same_model.ts";
import type { FinishedJob, JobFile } from "./job_folder.ts";
import { JobOutput } from "./output.ts";
import { runPipeline } from "./pipeline.ts";
import type { OutputPlace } from "./places/output_place.ts";
import { type ProgressReporter, silentProgress } from "./progress.ts";
import type { JobState } from "./state.ts";
import { type JobSummary, summaryOf } from "./summary.ts";
import { choiceFor, type EmbedChoice, sourcesOf, towersOf } from "./towers.ts";

/** What a job is. */
export interface JobOptions {
  /** The rows of this shard. The fingerprint is that of the whole, the same for all shards. */
  input: Input;
  /** Stays open. */
  embedder: Embedder;
  /** Where to; made if need be. */
  out: OutputPlace;
  format: OutputFormat;
  /** float32 by default; float16 for matrices only. */
  dtype?: Dtype;
  /** Whether vectors are made of length 1; by default only where clip-retrieval does. */
  normalize?: boolean;
  /** What of a row is embedded; by default what the first row has. */
  embed?: EmbedChoice;
  /** As the place has it by default: a million in a folder, a hundred thousand in a bucket. */
  rowsPerFile?: number;
  /** Which of how many, from 1. */
  shard?: { index: number; count: number };
  /** Whether the first bad row ends the job. */
  strict?: boolean;
  /** Whether another job's output in the folder is removed. */
  overwrite?: boolean;
  /** What else makes it another job, by the name of the option. */
  fingerprint?: Readonly<Record<string, string>>;
  progress?: ProgressReporter;
  /** Ends the job early: what is under way is finished and kept. */
  signal?: AbortSignal;
  /** Milliseconds since some moment. */
  now?: () => number;
}

/**
 * Runs a job, or the rest of it.
 *
 * @returns what came of it; `interrupted` if the signal ended it.
 * @throws {ClipError} "config" if the folder is another's or the options do not go together;
 * "invalid" if the input is not the one that the job began with; "document" at the first bad row if
 * it is strict; "backend" if nothing can be written; and what the embedder or the input throw. What
 * is done is kept, and the next run goes on there.
 */
export async function runJob(options: JobOptions): Promise<JobSummary> {
  const job = jobFile(options);
  const { out } = options;
  if (options.overwrite) {
    return await out.alone(async () => {
      await out.clear();
      return await runClaimed(options, job);
    });
  }
  const before = await out.claim(job);
  if (before?.finished) return alreadyDone(out, before, before.finished);
  return await out.alone(async () => {
    // Another process may have begun or finished it meanwhile.
    const there = await out.claim(job);
    return there?.finished
      ? alreadyDone(out, there, there.finished)
      : await runClaimed(options, job);
  });
}

/** @throws {ClipError} "config" if what is to be written does not go together. */
export function checkOutput(
  { format, dtype, embed }: Pick<JobOptions, "format" | "dtype" | "embed">,
): void {
  if (dtype === "float16" && (format === "parquet" || format === "jsonl")) {
    throw new ClipError("config", `float16 is for .npy files: ${format} has float32`);
  }
  if (format === "clip-retrieval" && embed === "any") {
    throw new ClipError(
      "config",
      "clip-retrieval's folders have images and texts apart: embed images, texts or both",
    );
  }
}

function jobFile(options: JobOptions): JobFile {
  const { input, embedder, out, format, embed, fingerprint, shard } = options;
  const dtype = options.dtype ?? "float32";
  checkOutput(options);
  const rowsPerFile = options.rowsPerFile ?? out.usualRowsPerFile;
  return {
    clipline_job: 1,
    description: {
      version: VERSION,
      input: input.fingerprint,
      model: embedder.model,
      format,
      dtype,
      normalize: String(options.normalize ?? format === "clip-retrieval"),
      embed: embed ?? "as the first row",
      ...fingerprint,
    },
    probe: embedder.probe === undefined ? null : packProbe(embedder.probe),
    shard: shard ?? null,
    rows_per_file: rowsPerFile,
    finished: null,
  };
}

async function alreadyDone(
  out: OutputPlace,
  job: JobFile,
  finished: FinishedJob,
): Promise<JobSummary> {
  // A process that died between its last two steps left the spool.
  await out.tidy();
  return summaryOf({ out, job, ...finished, resumedAt: finished.rows, seconds: 0 });
}

async function runClaimed(options: JobOptions, job: JobFile): Promise<JobSummary> {
  const { out, input, embedder, format, progress = silentProgress } = options;
  const now = options.now ?? (() => performance.now());
  const signal = options.signal ?? new AbortController().signal;
  const began = now();
  const first = await out.begin(job);
  const resumedAt = first.rows;
  const output = await JobOutput.open({
    out,
    format,
    now,
    dtype: options.dtype ?? "float32",
    normalize: options.normalize ?? format === "clip-retrieval",
    rowsPerFile: job.rows_per_file,
    strict: options.strict ?? false,
  }, first);
  const shown = progress.begin(first, input);
  let complete: boolean;
  try {
    const choice = options.embed;
    complete = await runPipeline({
      distant: input.distant ?? false,
      embedder,
      signal,
      rows: (enough) => rowsAfter(input, first, enough),
      sources: (row) => {
        if (output.towers === undefined) {
          output.settleTowers(towersOf(choice ?? choiceFor(row, format)));
        }
        return sourcesOf(row, output.towers!);
      },
      take: (outcome) => {
        const taken = output.take(outcome);
        shown.update(output.state);
        return taken;
      },
    });
  } catch (error) {
    await keep(output, out, error);
    throw error;
  } finally {
    shown.end();
  }
  const state = output.state;
  const done = { out, job, ...state, resumedAt, seconds: (now() - began) / 1000 };
  if (!complete) {
    await output.note();
    output.close();
    await out.suspend();
    return summaryOf({ ...done, parts: state.position.parts, interrupted: true });
  }
  await output.finish();
  const finished = finishedJob(output.state);
  await out.finish({ ...job, finished });
  return summaryOf({ ...done, ...finished });
}

/** Notes what is done of a job that fails, as far as that can be. */
async function keep(output: JobOutput, out: OutputPlace, error: unknown): Promise<void> {
  try {
    await output.note();
  } catch {
    // What was noted before counts: the failure that is told is the first one.
  }
  output.close();
  // Of a store that is not reached half a minute has been enough.
  if (error instanceof StoreError) return;
  await out.suspend().catch(() => {});
}

function finishedJob(
  { rows, embedded, failed, position, dimensions, towers }: JobState,
): FinishedJob {
  return { rows, embedded, failed, parts: position.parts, dimensions, towers: towers ?? [] };
}

/**
 * The rows that are not done yet.
 * @throws {ClipError} "invalid" if the last one that is done is another now.
 */
async function* rowsAfter(
  input: Input,
  { rows: done, lastKey }: JobState,
  signal: AbortSignal,
): AsyncGenerator<InputRow> {
  if (done === 0) return yield* input.rows(0, signal);
  let seen = false;
  for await (const row of input.rows(done - 1, signal)) {
    if (seen) yield row;
    else if (row.key !== lastKey) throw changed(input, done, `"${lastKey}"`, `"${row.key}"`);
    seen = true;
  }
  if (!seen && !signal.aborted) throw changed(input, done, `"${lastKey}"`, "nothing");
}

function changed(input: Input, row: number, was: string, is: string): ClipError {
  return new ClipError(
    "invalid",
    `${input.name} has changed since the job began: row ${row} was ${was} and is ${is} now. ` +
      "--overwrite begins anew",
  );
}
