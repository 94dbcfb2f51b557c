/** Clears the cache of optimised graphs (`jit: true`) that no start will use any more. */
import { tryFileLock } from "../file_lock.ts";
import { bytesOf, entriesOf } from "../graph/cache_folder.ts";
import { join } from "node:path";
import type { PrunedConversion } from "../graph/prune.ts";
import { OPTIMIZED_FOLDER, type OptimizedOrigin, ORIGIN_NAME } from "./optimized_graph.ts";
import { runtimeVersion } from "./session.ts";

const UNFINISHED = /\.part$/;

/**
 * Removes the graphs of other versions of ONNX Runtime, those whose plain graphs are gone, and what
 * was never finished; with `all` every one. One that is being made at this moment is left alone.
 */
export async function pruneOptimized(
  cacheRoot: string,
  { all = false }: { all?: boolean } = {},
): Promise<PrunedConversion[]> {
  const root = join(cacheRoot, OPTIMIZED_FOLDER);
  const pruned: PrunedConversion[] = [];
  for (const { name, isDirectory } of await entriesOf(root)) {
    if (!isDirectory) continue;
    const lock = join(root, `${name.replace(UNFINISHED, "")}.lock`);
    const found = await tryFileLock(lock, async (alone) => {
      if (UNFINISHED.test(name) && !alone) return undefined;
      return await prune(join(root, name), all);
    });
    if (found !== undefined) pruned.push(found);
  }
  return pruned;
}

async function prune(directory: string, all: boolean): Promise<PrunedConversion | undefined> {
  const { label, fault } = UNFINISHED.test(directory)
    ? { label: undefined, fault: "never finished" }
    : await examine(directory);
  if (fault === undefined && !all) return undefined;
  const bytes = await bytesOf(directory);
  // Under another name first: what is half removed must not be found.
  const aside = directory.replace(UNFINISHED, "") + ".part";
  const removed = await (async () => {
    if (aside !== directory) {
      await Deno.remove(aside, { recursive: true }).catch(() => undefined);
      await Deno.rename(directory, aside);
    }
    await Deno.remove(aside, { recursive: true });
    return true;
  })().catch(() => false);
  return { directory, label, bytes, reason: fault ?? "still good", removed };
}

async function examine(
  directory: string,
): Promise<{ label: string | undefined; fault: string | undefined }> {
  try {
    const origin: OptimizedOrigin = JSON.parse(
      await Deno.readTextFile(join(directory, ORIGIN_NAME)),
    );
    const label = `optimised from ${origin.source}`;
    if (origin.runtime !== runtimeVersion()) {
      return { label, fault: `made by ONNX Runtime ${origin.runtime}` };
    }
    const there = await Deno.stat(origin.source).then(() => true, () => false);
    return { label, fault: there ? undefined : "its plain graphs are gone" };
  } catch {
    return { label: undefined, fault: "damaged" };
  }
}
