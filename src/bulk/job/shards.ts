/** The folders of a job's shards, and that they are all of one job. */
import { ClipError } from "../../errors.ts";
import type { OutputFormat } from "../outputs/formats.ts";
import type { Dtype } from "../outputs/npy.ts";
import type { FinishedPart } from "../outputs/read_rows.ts";
import { differencesOf, type FinishedJob, type JobFile, readJobFile } from "./job_folder.ts";

/** A shard that is finished. */
export interface Shard {
  folder: string;
  job: JobFile;
  index: number;
  count: number;
  finished: FinishedJob;
}

/**
 * Reads what the folders say.
 *
 * @returns the shards by their numbers.
 * @throws {ClipError} "config" if they are not all shards of one job, all finished.
 */
export async function readShards(folders: readonly string[]): Promise<Shard[]> {
  const shards: Shard[] = [];
  for (const folder of folders) shards.push(await readShard(folder));
  const first = shards[0];
  if (first === undefined) throw new ClipError("config", "There is no shard to merge");
  for (const { folder, job } of shards) {
    const differences = differencesOf({ ...first.job, shard: null }, { ...job, shard: null });
    if (differences.length === 0) continue;
    throw new ClipError(
      "config",
      `"${folder}" is of another job than "${first.folder}": ${differences.join("; ")}`,
    );
  }
  const numbered = new Map<number, Shard>();
  for (const shard of shards) {
    const other = numbered.get(shard.index);
    if (shard.count !== first.count) {
      throw new ClipError(
        "config",
        `"${shard.folder}" is one of ${shard.count} shards, and "${first.folder}" of ${first.count}`,
      );
    }
    if (other !== undefined) {
      throw new ClipError(
        "config",
        `"${shard.folder}" and "${other.folder}" are both shard ${shard.index}/${shard.count}`,
      );
    }
    numbered.set(shard.index, shard);
  }
  const numbers = Array.from({ length: first.count }, (_, i) => i + 1);
  const missing = numbers.filter((number) => !numbered.has(number));
  if (missing.length > 0) {
    throw new ClipError("config", `Missing of ${first.count} shards: ${missing.join(", ")}`);
  }
  return numbers.map((number) => numbered.get(number)!);
}

async function readShard(folder: string): Promise<Shard> {
  const job = await readJobFile(folder);
  if (job === undefined) throw new ClipError("config", `The folder "${folder}" is no job's`);
  if (job.shard === null) {
    throw new ClipError("config", `The job in "${folder}" is no shard: nothing is to be merged`);
  }
  if (job.finished === null) {
    throw new ClipError(
      "config",
      `The job in "${folder}" (shard ${job.shard.index}/${job.shard.count}) is not finished: ` +
        "run its command again",
    );
  }
  return { folder, job, ...job.shard, finished: job.finished };
}

/** The parts of a shard. */
export function partsOf({ folder, job, finished }: Shard): FinishedPart[] {
  return Array.from({ length: finished.parts }, (_, number) => ({
    folder,
    number,
    format: job.description.format as OutputFormat,
    dtype: job.description.dtype as Dtype,
    towers: finished.towers,
    dimensions: finished.dimensions!,
  }));
}
