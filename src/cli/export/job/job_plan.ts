/** What was given for a job -> its plan, but for what a scheduler wants besides. */
import { checkOutput } from "../../../bulk/job/run_job.ts";
import { ROWS_PER_FILE_IN_BUCKET } from "../../../bulk/job/places/bucket_place.ts";
import { withoutEndSlashes } from "../../../end_slashes.ts";
import type { JobPlan } from "../../../deployment/jobs/job_plan.ts";
import { isObjectAddress, parseObjectAddress } from "../../../storage/object_address.ts";
import { checkEmbedding } from "../../embedding/open_embedder.ts";
import { encodeOptions } from "../../jobs/encode.ts";
import type { Given } from "../../words/given.ts";
import { encodeWords, endWords } from "./encode_words.ts";
import { jobResources, type SizeOptions } from "./job_model.ts";

const MOST_SHARDS = 100_000;

/** At a time, unless it is said: what servers and buckets take without being asked. */
const PARALLEL = 16;

/** Of a part: two embeddings of 1024 numbers, as they are and in the file that is made. */
const BYTES_OF_ROW = 16 * 2 ** 10;
const GIB = 2 ** 30;

/** Of `rows-per-file` in a folder (src/bulk/job/places/folder_place.ts). */
const ROWS_IN_FOLDER = 1_000_000;

/** What the machines of the job have of what was given. */
export interface OnMachines {
  inputs: readonly string[];
  out: string;
  /** Values of options that are others there. */
  changed: Readonly<Record<string, string>>;
}

/** The name of a job, if none is given. */
export const DEFAULT_NAME = "clipline-job";

/**
 * @param sizes what the options say of sizes.
 * @throws {ClipError} "config" for options that `encode` would not take, or that are no job's.
 */
export function jobPlan(given: Given, on: OnMachines, name: string, sizes: SizeOptions): JobPlan {
  checkEmbedding(given);
  const options = encodeOptions(given);
  checkOutput(options);
  const { rowsPerFile } = options;
  const shards = given.whole("shards", 1, MOST_SHARDS);
  if (shards === undefined) throw given.fault("Say into how many shares: --shards N");
  const out = withoutEndSlashes(on.out);
  const inBucket = isObjectAddress(out);
  if (inBucket && parseObjectAddress(out).key === "") {
    throw given.fault(`--out ${out}: name a prefix, as ${out}/embedded: the shares lie beside it`);
  }
  const inParts = inBucket && rowsPerFile === undefined;
  return {
    name,
    shards,
    parallel: given.whole("parallel", 1, shards) ?? Math.min(shards, PARALLEL),
    encodeWords: [
      ...encodeWords(on.inputs, given, on.changed),
      ...(inParts ? ["--rows-per-file", String(ROWS_PER_FILE_IN_BUCKET)] : []),
    ],
    endWords: endWords(given),
    out,
    shardsOut: `${out}-shards`,
    inBucket,
    resources: jobResources(given, sizes),
    workBytes: workBytes(rowsPerFile ?? (inBucket ? ROWS_PER_FILE_IN_BUCKET : ROWS_IN_FOLDER)),
    notes: inParts
      ? [
        `Parts have ${ROWS_PER_FILE_IN_BUCKET} rows: a share that loses its disk does at most so many again. ` +
        "--rows-per-file says otherwise.",
      ]
      : [],
  };
}

function workBytes(rows: number): number {
  return Math.ceil((rows * BYTES_OF_ROW) / GIB + 1) * GIB;
}
