/** `--shard 3/16`: which share of a job is this process's. */
import type { Given } from "../words/given.ts";

/** The third of sixteen is `{ index: 3, count: 16 }`. */
export interface Shard {
  index: number;
  count: number;
}

const MOST = 100_000;

/** @throws {ClipError} "config" if it is no share. */
export function readShard(given: Given): Shard | undefined {
  const text = given.text("shard");
  if (text === undefined) return undefined;
  const [, k, n] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  const shard = { index: Number(k), count: Number(n) };
  if (shard.index >= 1 && shard.index <= shard.count && shard.count <= MOST) return shard;
  throw given.fault(
    `--shard takes K/N with K from 1 to N, as 3/16: received "${text.slice(0, 100)}"`,
  );
}
