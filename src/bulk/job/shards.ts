/** Where a job's shards are, and that they are all of one job. */
import { ClipError } from "../../errors.ts";
import type { OutputFormat } from "../outputs/formats.ts";
import type { Dtype } from "../outputs/npy.ts";
import type { PartDescription } from "../outputs/read_rows.ts";
import { differencesOf, type FinishedJob, type JobFile } from "./job_folder.ts";
import type { OutputPlace } from "./places/output_place.ts";

/** A shard that is finished. */
export interface Shard {
  place: OutputPlace;
  job: JobFile;
  index: number;
  count: number;
  finished: FinishedJob;
}

/**
 * Reads what the places say. One without a job stands for those below it.
 *
 * @returns the shards by their numbers.
 * @throws {ClipError} "config" if they are not all shards of one job, all finished.
 */
export async function readShards(places: readonly OutputPlace[]): Promise<Shard[]> {
  const shards: Shard[] = [];
  for (const { place, job } of await readJobs(places)) {
    const below = job === undefined ? await place.below() : [];
    for (const inner of await readJobs(below)) shards.push(shardAt(inner.place, inner.job));
    if (below.length === 0) shards.push(shardAt(place, job));
  }
  const first = shards[0];
  if (first === undefined) throw new ClipError("config", "There is no shard to merge");
  for (const { place, job } of shards) {
    const differences = differencesOf({ ...first.job, shard: null }, { ...job, shard: null });
    if (differences.length === 0) continue;
    throw new ClipError(
      "config",
      `"${place.name}" is of another job than "${first.place.name}": ${differences.join("; ")}`,
    );
  }
  const numbered = new Map<number, Shard>();
  for (const shard of shards) {
    const other = numbered.get(shard.index);
    if (shard.count !== first.count) {
      throw new ClipError(
        "config",
        `"${shard.place.name}" is one of ${shard.count} shards, and "${first.place.name}" of ` +
          `${first.count}`,
      );
    }
    if (other !== undefined) {
      throw new ClipError(
        "config",
        `"${shard.place.name}" and "${other.place.name}" are both shard ${shard.index}/${shard.count}`,
      );
    }
    numbered.set(shard.index, shard);
  }
  const numbers = Array.from({ length: first.count }, (_, i) => i + 1);
  const missing = numbers.filter((number) => !numbered.has(number));
  if (missing.length > 0) {
    const others = missing.length - MOST_NAMED;
    const names = missing.slice(0, MOST_NAMED).join(", ");
    throw new ClipError(
      "config",
      `Missing of ${first.count} shards: ${names}${others > 0 ? ` and ${others} others` : ""}`,
    );
  }
  return numbers.map((number) => numbered.get(number)!);
}

/** Shards that are named of those that are missing. */
const MOST_NAMED = 20;

/** Jobs that are asked for at a time: in buckets each of thousands is waited for. */
const AT_ONCE = 32;

async function readJobs(
  places: readonly OutputPlace[],
): Promise<{ place: OutputPlace; job: JobFile | undefined }[]> {
  const read: { place: OutputPlace; job: JobFile | undefined }[] = [];
  for (let at = 0; at < places.length; at += AT_ONCE) {
    const some = places.slice(at, at + AT_ONCE);
    read.push(...await Promise.all(some.map(async (place) => ({ place, job: await place.job() }))));
  }
  return read;
}

function shardAt(place: OutputPlace, job: JobFile | undefined): Shard {
  const { name } = place;
  if (job === undefined) throw new ClipError("config", `The folder "${name}" is no job's`);
  if (job.shard === null) {
    throw new ClipError("config", `The job in "${name}" is no shard: nothing is to be merged`);
  }
  if (job.finished === null) {
    throw new ClipError(
      "config",
      `The job in "${name}" (shard ${job.shard.index}/${job.shard.count}) is not finished: ` +
        "run its command again",
    );
  }
  return { place, job, ...job.shard, finished: job.finished };
}

/** A part of a shard, wherever its files are. */
export interface ShardPart extends PartDescription {
  place: OutputPlace;
}

/** The parts of a shard. */
export function partsOf({ place, job, finished }: Shard): ShardPart[] {
  return Array.from({ length: finished.parts }, (_, number) => ({
    place,
    number,
    format: job.description.format as OutputFormat,
    dtype: job.description.dtype as Dtype,
    towers: finished.towers,
    dimensions: finished.dimensions!,
  }));
}
