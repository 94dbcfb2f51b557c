/** Where a job's shards are, and that they are all of one job. */
import { ClipError } from "../../errors.ts";
import { mapAhead } from "../ahead.ts";
import type { OutputFormat } from "../outputs/formats.ts";
import type { Dtype } from "../outputs/npy.ts";
import type { PartDescription } from "../outputs/read_rows.ts";
import { differencesOf, type FinishedJob, type JobFile } from "./job_folder.ts";
import type { OutputPlace } from "./places/output_place.ts";

/** A shard that is finished. */
export interface Shard {
  place: OutputPlace;
  /** The job that all are shards of; what is of this one stands beside it. */
  job: JobFile;
  index: number;
  count: number;
  finished: FinishedJob;
}

/**
 * Reads what the places say. One without a job stands for those below it that have one.
 *
 * @param onRead called with each shard that has been read.
 * @returns the shards by their numbers.
 * @throws {ClipError} "config" if they are not all shards of one job, all finished.
 */
export async function readShards(
  places: readonly OutputPlace[],
  onRead: () => void = () => {},
): Promise<Shard[]> {
  const numbered = new Map<number, Shard>();
  let first: Shard | undefined;
  for await (const { place, job } of jobsOf(places)) {
    const shard = shardAt(place, job, first);
    first ??= shard;
    checkTogether(shard, first, numbered.get(shard.index));
    numbered.set(shard.index, shard);
    onRead();
  }
  if (first === undefined) throw new ClipError("config", "There is no shard to merge");
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

/** What a place says of itself. */
interface PlaceJob {
  place: OutputPlace;
  job: JobFile | undefined;
}

/** The jobs of places, or of those below one that has none. */
async function* jobsOf(places: readonly OutputPlace[]): AsyncGenerator<PlaceJob> {
  const read = async (place: OutputPlace): Promise<PlaceJob> => ({ place, job: await place.job() });
  for await (const own of mapAhead(each(places), AT_ONCE, read)) {
    if (own.job !== undefined) {
      yield own;
      continue;
    }
    let isEmpty = true;
    for await (const inner of mapAhead(own.place.below(), AT_ONCE, read)) {
      if (inner.job === undefined) continue;
      isEmpty = false;
      yield inner;
    }
    if (isEmpty) yield own;
  }
}

async function* each<T>(values: Iterable<T>): AsyncGenerator<T> {
  yield* values;
}

/** @param first another one: the job is said once for all of them. */
function shardAt(
  place: OutputPlace,
  job: JobFile | undefined,
  first: Shard | undefined,
): Shard {
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
  const { shard, finished } = job;
  if (first === undefined) return { place, job, ...shard, finished };
  const differences = differencesOf({ ...first.job, shard: null }, { ...job, shard: null });
  if (differences.length === 0) return { place, job: first.job, ...shard, finished };
  throw new ClipError(
    "config",
    `"${name}" is of another job than "${first.place.name}": ${differences.join("; ")}`,
  );
}

/** @param same the shard that has its number. @throws {ClipError} "config" */
function checkTogether(
  { place, index, count }: Shard,
  first: Shard,
  same: Shard | undefined,
): void {
  if (count !== first.count) {
    throw new ClipError(
      "config",
      `"${place.name}" is one of ${count} shards, and "${first.place.name}" of ${first.count}`,
    );
  }
  if (same === undefined) return;
  throw new ClipError(
    "config",
    `"${place.name}" and "${same.place.name}" are both shard ${index}/${count}`,
  );
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
