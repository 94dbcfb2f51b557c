/**
 * `--shard 3/16`: which share of a job is this process's. `--shard JOB_COMPLETION_INDEX/16` takes it
 * from a variable that counts from 0, as schedulers set them.
 */
import type { Given } from "../words/given.ts";

/** The third of sixteen is `{ index: 3, count: 16 }`. */
export interface Shard {
  index: number;
  count: number;
}

const MOST = 100_000;

/**
 * @param env a variable of the environment.
 * @throws {ClipError} "config" if it is no share.
 */
export function readShard(
  given: Given,
  env: (name: string) => string | undefined = (name) => Deno.env.get(name),
): Shard | undefined {
  const text = given.text("shard");
  if (text === undefined) return undefined;
  const [, k = "", n] = /^(\d{1,6}|[A-Za-z_]\w*)\/(\d{1,6})$/.exec(text) ?? [];
  const isVariable = /^\D/.test(k);
  const shard = {
    index: isVariable ? fromVariable(given, k, env(k)) : Number(k),
    count: Number(n),
  };
  if (shard.index >= 1 && shard.index <= shard.count && shard.count <= MOST) return shard;
  throw given.fault(
    isVariable
      ? `--shard ${text}: ${k} is ${env(k)}, and must be from 0 to ${shard.count - 1}`
      : "--shard takes K/N with K from 1 to N, as 3/16, or the name of a variable that counts from " +
        `0, as JOB_COMPLETION_INDEX/16: received "${text.slice(0, 100)}"`,
  );
}

function fromVariable(given: Given, name: string, value: string | undefined): number {
  if (value !== undefined && /^\d{1,6}$/.test(value)) return Number(value) + 1;
  throw given.fault(
    `--shard: the variable ${name} must be a number from 0: ` +
      (value === undefined ? "it is not set" : `it is "${value.slice(0, 100)}"`),
  );
}
