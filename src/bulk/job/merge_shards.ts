/** Joins the shards of a job into one folder, as if it had been run as a whole. */
import { join } from "node:path";
import { ClipError } from "../../errors.ts";
import { fileTrouble } from "../../file_trouble.ts";
import { partFiles, partPaths } from "../outputs/formats.ts";
import { type FinishedPart, idsPath, readIds, readRows } from "../outputs/read_rows.ts";
import { writeAll } from "../outputs/spool_file.ts";
import { writeWhole } from "../outputs/whole_file.ts";
import { fetchedAhead, type Wanted } from "./fetched_ahead.ts";
import { ERRORS_NAME, type FinishedJob, type JobFile } from "./job_folder.ts";
import { JoinedRows } from "./joined_rows.ts";
import type { OutputPlace } from "./places/output_place.ts";
import { type ProgressReporter, silentProgress } from "./progress.ts";
import { repeatedKey } from "./repeated_keys.ts";
import { partsOf, readShards, type Shard, type ShardPart } from "./shards.ts";
import { type JobSummary, summaryOf } from "./summary.ts";

/** What is waited for is many small parts: so many are asked for at a time. */
const MOST_AHEAD = 32;
/** What they take of the disk, about. */
const MOST_BYTES_AHEAD = 256 << 20;
/** Of a row beside its embeddings, about. */
const ROW_BYTES = 256;

const NO_ROWS = { embedded: 0, failed: 0 };

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
  const { out, overwrite } = options;
  const began = performance.now();
  const shards = await readAllShards(options);
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
    await checkKeys(shards, options);
    await out.clear();
    await out.begin(whole);
    const finished = await joinRows(shards, whole, options);
    await joinErrors(shards, options);
    await out.finish({ ...whole, finished });
    return { job: whole, finished };
  });
  await out.tidy();
  const seconds = (performance.now() - began) / 1000;
  return summaryOf({ out, job, ...finished, resumedAt: 0, seconds });
}

/** The shards, shown as they are read: in buckets each is a request. */
async function readAllShards(
  { shards, signal, progress = silentProgress }: MergeOptions,
): Promise<Shard[]> {
  const shown = progress.begin(NO_ROWS, { count: undefined }, "shards found");
  let embedded = 0;
  try {
    return await readShards(shards, () => {
      ifCancelled(signal);
      shown.update({ embedded: ++embedded, failed: 0 });
    });
  } finally {
    shown.end();
  }
}

/** @throws {ClipError} "invalid" if a shard has not the rows that it says, or a key comes twice. */
async function checkKeys(shards: readonly Shard[], options: MergeOptions): Promise<void> {
  const counts = new Map<OutputPlace, number>();
  const twice = await repeatedKey(() => idsOf(shards, counts, options));
  if (twice !== undefined) {
    throw new ClipError("invalid", `The row "${twice}" is there twice in the shards`);
  }
  for (const shard of shards) {
    const { place, finished } = shard;
    const count = counts.get(place) ?? 0;
    if (count === finished.embedded) continue;
    throw new ClipError(
      "invalid",
      `"${place.name}" has ${count} rows, and its job wrote ${finished.embedded}: ` +
        "run it with --overwrite",
    );
  }
}

/** The ids of all rows, which are counted. */
async function* idsOf(
  shards: readonly Shard[],
  counts: Map<OutputPlace, number>,
  { signal, progress = silentProgress }: MergeOptions,
): AsyncGenerator<string[]> {
  counts.clear();
  const shown = progress.begin(
    NO_ROWS,
    { count: sum(shards, ({ embedded }) => embedded) },
    "rows checked",
  );
  let embedded = 0;
  try {
    for await (const { part, some } of read(shards, (part) => [idsPath(part)], readIds)) {
      ifCancelled(signal);
      counts.set(part.place, (counts.get(part.place) ?? 0) + some.length);
      embedded += some.length;
      shown.update({ embedded, failed: 0 });
      yield some;
    }
  } finally {
    shown.end();
  }
}

/** What is read of all parts, one after the other, with the reason where one cannot be. */
async function* read<T>(
  shards: readonly Shard[],
  pathsOf: (part: ShardPart) => readonly string[],
  from: (part: FinishedPart) => AsyncIterable<T>,
): AsyncGenerator<{ part: ShardPart; some: T }> {
  for await (const { one, folder } of fetchedAhead(wantedOf(shards, pathsOf), aheadOf(shards))) {
    const { part } = one;
    try {
      for await (const some of from({ ...part, folder })) yield { part, some };
    } catch (error) {
      if (error instanceof ClipError) throw error;
      throw new ClipError(
        "invalid",
        `Cannot read part ${part.number} in "${part.place.name}": ${fileTrouble(error)}`,
        { cause: error },
      );
    }
  }
}

function* wantedOf(
  shards: readonly Shard[],
  pathsOf: (part: ShardPart) => readonly string[],
): Generator<Wanted & { part: ShardPart }> {
  for (const shard of shards) {
    for (const part of partsOf(shard)) yield { place: part.place, paths: pathsOf(part), part };
  }
}

/** Parts that are fetched at a time: many small ones, few large ones. */
function aheadOf(shards: readonly Shard[]): number {
  const parts = sum(shards, ({ parts }) => parts);
  const bytes = sum(
    shards,
    ({ embedded, dimensions, towers }) => embedded * (ROW_BYTES + 4 * dimensions! * towers.length),
  );
  return Math.max(2, Math.min(MOST_AHEAD, Math.floor(MOST_BYTES_AHEAD * parts / (bytes || 1))));
}

function sum(shards: readonly Shard[], of: (finished: FinishedJob) => number): number {
  return shards.reduce((total, { finished }) => total + of(finished), 0);
}

function ifCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new ClipError("cancelled", "The merge was interrupted");
}

async function joinRows(
  shards: readonly Shard[],
  job: JobFile,
  { out, signal, progress = silentProgress }: MergeOptions,
): Promise<FinishedJob> {
  const shown = progress.begin(NO_ROWS, { count: sum(shards, ({ embedded }) => embedded) });
  const joined = new JoinedRows(out, job);
  const pathsOf = ({ format, towers, number }: ShardPart) =>
    partPaths(partFiles(format, towers, number));
  let embedded = 0;
  try {
    for await (const { part, some } of read(shards, pathsOf, readRows)) {
      ifCancelled(signal);
      await joined.add(part, some);
      embedded += some.rows.length;
      shown.update({ embedded, failed: 0 });
    }
    const parts = await joined.finish();
    const { dimensions = null, towers = [] } = joined.shape ?? {};
    return {
      rows: sum(shards, ({ rows }) => rows),
      embedded,
      failed: sum(shards, ({ failed }) => failed),
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
async function joinErrors(
  shards: readonly Shard[],
  { out, signal }: MergeOptions,
): Promise<void> {
  const failed = shards.filter(({ finished }) => finished.failed > 0);
  if (failed.length === 0) return;
  const wanted = failed.map(({ place }) => ({ place, paths: [ERRORS_NAME] }));
  await writeWhole(join(out.folder, ERRORS_NAME), async (file) => {
    for await (const { folder } of fetchedAhead(wanted, MOST_AHEAD)) {
      ifCancelled(signal);
      const errors = await Deno.open(join(folder, ERRORS_NAME));
      for await (const piece of errors.readable) await writeAll(file, piece);
    }
  });
}
