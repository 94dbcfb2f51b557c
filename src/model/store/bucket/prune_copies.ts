/** Clears the cache of copies of models in buckets that were replaced there. */
import { join } from "node:path";
import { tryFileLock } from "../../../file_lock.ts";
import { bytesOf, entriesOf } from "../../../graph/cache_folder.ts";
import type { PrunedConversion } from "../../../graph/prune.ts";
import { BUCKETS_FOLDER, readCurrent } from "./copies.ts";

/**
 * Removes all versions but the last one of each model, and what an interruption left. One that is
 * being fetched at this moment is left alone. A server that has opened a removed one keeps its files
 * until it ends.
 */
export async function pruneCopies(cacheRoot: string): Promise<PrunedConversion[]> {
  const root = join(cacheRoot, BUCKETS_FOLDER);
  const pruned: PrunedConversion[] = [];
  for (const entry of await entriesOf(root)) {
    if (!entry.isDirectory) continue;
    const folder = join(root, entry.name);
    pruned.push(...await tryFileLock(join(folder, ".lock"), () => prune(folder)) ?? []);
  }
  return pruned;
}

async function prune(folder: string): Promise<PrunedConversion[]> {
  const current = await readCurrent(folder);
  const pruned: PrunedConversion[] = [];
  for (const { name, isDirectory } of await entriesOf(folder)) {
    if (!isDirectory || name === current?.version) continue;
    const directory = join(folder, name);
    let bytes = await bytesOf(directory);
    for (const inner of await entriesOf(directory)) {
      if (inner.isDirectory) bytes += await bytesOf(join(directory, inner.name));
    }
    const reason = current === undefined ? "never finished" : "replaced in the bucket";
    const removed = await Deno.remove(directory, { recursive: true }).then(() => true, () => false);
    pruned.push({ directory, label: current?.address, bytes, reason, removed });
  }
  return pruned;
}
