/** Joins the shards of a job into one folder, as if it had been run as a whole. */
import { join } from "node:path";
import { ClipError } from "../../errors.ts";
import { fileTrouble } from "../../file_trouble.ts";
import { partFiles, partPaths } from "../outputs/formats.ts";
import { type FinishedPart, idsPath, readIds, readRows } from "../outputs/read_rows.ts";
import { writeAll } from "../outputs/spool_file.ts";
import { writeWhole } from "../outputs/whole_file.ts";
import { ERRORS_NAME, type FinishedJob, type JobFile } from "./job_folder.ts";
import { JoinedRows } from "./joined_rows.ts";
import type { OutputPlace } from "./places/output_place.ts";
import { type ProgressReporter, silentProgress } from "./progress.ts";
import { repeatedKey } from "./repeated_keys.ts";
import { partsOf, readShards, type Shard, type ShardPart } from "./shards.ts";
import { type JobSummary, summaryOf } from "./summary.ts";

/** What is to be merged, and where to. */
export interface MergeOptions {
  /** Where all shards of a job are, in any order; one that holds several stands for all of them. */
  shards: readonly OutputPlace[];
  /** Where to; made if need be. */
  out: OutputPlace;
  /** Whether another job's output in `out` is removed. */
  overwrite?: boolean;
  progress?: ProgressReporter;
  /** Ends it; the next merge begins anew. */
  signal?: AbortSignal;
}

/**
 * Merges shards: the rows of the first, then those of the second, and so on; cut into parts anew.
 *
 * @throws {ClipError} "config" if they are not all shards of one job, all finished, or `out`
 * is another's; "invalid" if a folder has not the rows that it says, or a key comes twice;
 * "cancelled" if the signal fires; "backend" if `out` cannot be written.
 */
export async function mergeShards(options: MergeOptions): Promise<JobSummary> {
  const { out, overwrite, signal } = options;
  const began = performance.now();
  const shards = await readShards(options.shards);
  const whole: JobFile = { ...shards[0]!.job, shard: null, finished: null };
  const { job, finished } = await out.alone(async () => {
    const there = overwrite ? undefined : await out.claim(whole);
    if (there?.finished) return { job: there, finished: there.finished };
    if (!overwrite && (await out.state()).rows > 0) {
      throw new ClipError(
        "config",
        `The folder "${out.name}" has the same job half done, without shards: choose another folder, ` +
          "or --overwrite what is there",
      );
    }
    await checkKeys(shards, signal);
    await out.clear();
    await out.begin(whole);
    const finished = await joinRows(shards, whole, options);
    await joinErrors(shards, out);
    await out.finish({ ...whole, finished });
    return { job: whole, finished };
  });
  await out.tidy();
  const seconds = (performance.now() - began) / 1000;
  return summaryOf({ out, job, ...finished, resumedAt: 0, seconds });
}

/** @throws {ClipError} "invalid" if a shard has not the rows that it says, or a key comes twice. */
async function checkKeys(
  shards: readonly Shard[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const counts = new Map<Shard, number>();
  const twice = await repeatedKey(() => idsOf(shards, counts, signal));
  if (twice !== undefined) {
    throw new ClipError("invalid", `The row "${twice}" is there twice in the shards`);
  }
  for (const shard of shards) {
    const { place, finished } = shard;
    if (counts.get(shard) === finished.embedded) continue;
    throw new ClipError(
      "invalid",
      `"${place.name}" has ${counts.get(shard)} rows, and its job wrote ${finished.embedded}: ` +
        "run it with --overwrite",
    );
  }
}

/** The ids of all rows, which are counted. */
async function* idsOf(
  shards: readonly Shard[],
  counts: Map<Shard, number>,
  signal: AbortSignal | undefined,
): AsyncGenerator<string[]> {
  for (const shard of shards) {
    let count = 0;
    for (const part of partsOf(shard)) {
      for await (const ids of read(part, [idsPath(part)], readIds)) {
        ifCancelled(signal);
        count += ids.length;
        yield ids;
      }
    }
    counts.set(shard, count);
  }
}

/** What is read of a part, with the reason where it cannot be. */
async function* read<T>(
  part: ShardPart,
  paths: readonly string[],
  from: (part: FinishedPart) => AsyncIterable<T>,
): AsyncGenerator<T> {
  try {
    await using files = await part.place.fetch(paths);
    yield* from({ ...part, folder: files.folder });
  } catch (error) {
    if (error instanceof ClipError) throw error;
    throw new ClipError(
      "invalid",
      `Cannot read part ${part.number} in "${part.place.name}": ${fileTrouble(error)}`,
      { cause: error },
    );
  }
}

function ifCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new ClipError("cancelled", "The merge was interrupted");
}

async function joinRows(
  shards: readonly Shard[],
  job: JobFile,
  { out, signal, progress = silentProgress }: MergeOptions,
): Promise<FinishedJob> {
  const sum = (of: (finished: FinishedJob) => number) =>
    shards.reduce((total, { finished }) => total + of(finished), 0);
  const shown = progress.begin({ embedded: 0, failed: 0 }, {
    count: sum(({ embedded }) => embedded),
  });
  const joined = new JoinedRows(out, job);
  let embedded = 0;
  try {
    for (const part of shards.flatMap(partsOf)) {
      const paths = partPaths(partFiles(part.format, part.towers, part.number));
      for await (const some of read(part, paths, readRows)) {
        ifCancelled(signal);
        await joined.add(part, some);
        embedded += some.rows.length;
        shown.update({ embedded, failed: 0 });
      }
    }
    const parts = await joined.finish();
    const { dimensions = null, towers = [] } = joined.shape ?? {};
    return {
      rows: sum(({ rows }) => rows),
      embedded,
      failed: sum(({ failed }) => failed),
      parts,
      dimensions,
      towers: [...towers],
    };
  } finally {
    joined.close();
    shown.end();
  }
}

/** Puts the errors of all shards into one file, if there are any. */
async function joinErrors(shards: readonly Shard[], out: OutputPlace): Promise<void> {
  const failed = shards.filter(({ finished }) => finished.failed > 0);
  if (failed.length === 0) return;
  await writeWhole(join(out.folder, ERRORS_NAME), async (file) => {
    for (const { place } of failed) {
      await using files = await place.fetch([ERRORS_NAME]);
      const errors = await Deno.open(join(files.folder, ERRORS_NAME));
      for await (const piece of errors.readable) await writeAll(file, piece);
    }
  });
}
