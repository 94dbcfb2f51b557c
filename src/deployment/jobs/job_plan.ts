/**
 * A job of many shares on many machines: what each runs, and what joins what they wrote. What
 * schedulers are given is written out of it.
 */
import type { PlannedResources } from "../plan.ts";

/** A job. */
export interface JobPlan {
  /** A DNS label: what all of it is named after. */
  name: string;
  /** How many shares, and how many of them run at a time. */
  shards: number;
  parallel: number;
  /** The words of `encode` that all shares have: inputs, model, format; no `--out`, no `--shard`. */
  encodeWords: readonly string[];
  /** Of `encode` and `merge`: `--strict` or `--accept-errors`. */
  endWords: readonly string[];
  /** Where the result goes: a folder or `s3://bucket/prefix`. */
  out: string;
  /** Where share 0, 1, … of it go, each below this. */
  shardsOut: string;
  /** Whether the result goes to a bucket: then there is a part in a folder of each machine. */
  inBucket: boolean;
  /** Of each share. */
  resources: PlannedResources;
  /** Bytes of the part that is being written, with room. */
  workBytes: number;
  /** What somebody should know who reads the result; one sentence each. */
  notes: readonly string[];
}

/** What merging takes, whatever the model: eight bytes for each row, and a part at a time. */
export const MERGE_RESOURCES: PlannedResources = {
  cpu: { request: 1, limit: 1 },
  memoryBytes: { request: 2 ** 30, limit: 3 * 2 ** 30 },
  gpus: 0,
};

/** The words that say which share it is. @param variable counts from 0 */
export function shardWords({ shards }: JobPlan, variable: string): string[] {
  return ["--shard", `${variable}/${shards}`];
}
