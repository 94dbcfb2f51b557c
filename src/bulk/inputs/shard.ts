/** Which rows are whose, when several jobs share an input. */
import { ClipError } from "../../errors.ts";
import type { Input } from "../row.ts";
import { type Choice, JoinedInput } from "./joined_input.ts";

/**
 * The share of one of several jobs: all shares together are the input, and no row is in two. Where
 * there are as many tar and Parquet files as shares, each of them is one share's alone, so that nobody
 * reads what is not its own; other rows are told apart by a hash of their keys. The fingerprint is
 * that of the whole input.
 *
 * @param input of `openInputs`.
 * @param k from 1 to `n`.
 * @throws {ClipError} "config" if `k` is not.
 */
export function shardOf(input: Input, k: number, n: number): Input {
  if (!Number.isSafeInteger(n) || !Number.isSafeInteger(k) || k < 1 || k > n) {
    throw new ClipError("config", `There is no shard ${k}/${n}: the first of ${n} is 1/${n}`);
  }
  if (!(input instanceof JoinedInput)) {
    throw new TypeError("a shard is of what openInputs() has opened");
  }
  if (n === 1) return input;
  const byFile = input.sources.filter(({ container }) => container).length >= n;
  const isMine = (key: string) => hash(key) % n === k - 1;
  let rank = 0;
  const choices = input.sources.map(({ container }): Choice => {
    if (!byFile || !container) return isMine;
    return rank++ % n === k - 1 ? "all" : "none";
  });
  return new JoinedInput(input.name, input.fingerprint, input.sources, choices);
}

const UTF8 = new TextEncoder();

/** FNV-1a of the UTF-8 (32 bits), with the end of MurmurHash3: the last bits of FNV alone are poor. */
function hash(key: string): number {
  let value = 0x811c9dc5;
  for (const byte of UTF8.encode(key)) value = Math.imul(value ^ byte, 0x01000193);
  value = Math.imul(value ^ value >>> 16, 0x85ebca6b);
  value = Math.imul(value ^ value >>> 13, 0xc2b2ae35);
  return (value ^ value >>> 16) >>> 0;
}
