/** Clears the cache of conversions that no start will use any more. */
import { tryFileLock } from "../file_lock.ts";
import { bytesOf, entriesOf } from "./cache_folder.ts";
import { join } from "node:path";
import { GRAPHS_FOLDER } from "./conversion_cache.ts";
import { workPrefix } from "./convert.ts";
import { BUILDER_VERSION, readManifest } from "./manifest.ts";

/** A conversion that was, or was not, removed. */
export interface PrunedConversion {
  directory: string;
  /** What was converted, if its manifest tells. */
  label: string | undefined;
  /** Size on disk. */
  bytes: number;
  /** Why it is of no use. */
  reason: string;
  /** `false` where the system would not let go of it, as Windows with files in use. */
  removed: boolean;
}

const UNFINISHED = /^\.(.+)\.unfinished-/;

/**
 * Removes the conversions of other versions of the builder, damaged ones, and what killed
 * conversions left; with `all` every conversion. One that is being made at this moment is left
 * alone. A server that has opened a removed one keeps its files until it ends.
 */
export async function pruneConversions(
  cacheRoot: string,
  { all = false }: { all?: boolean } = {},
): Promise<PrunedConversion[]> {
  const root = join(cacheRoot, GRAPHS_FOLDER);
  const pruned: PrunedConversion[] = [];
  for (const entry of await entriesOf(root)) {
    if (!entry.isDirectory) continue;
    const unfinished = UNFINISHED.exec(entry.name)?.[1];
    const name = unfinished ?? entry.name;
    const found = await tryFileLock(join(root, `${name}.lock`), async (alone) => {
      if (unfinished !== undefined && !alone) return undefined;
      return await prune(join(root, name), join(root, entry.name), all);
    });
    if (found !== undefined) pruned.push(found);
  }
  return pruned;
}

async function prune(
  directory: string,
  path: string,
  all: boolean,
): Promise<PrunedConversion | undefined> {
  const { label, fault } = path === directory
    ? await examine(directory)
    : { label: undefined, fault: "never finished" };
  if (fault === undefined && !all) return undefined;
  const bytes = await bytesOf(path);
  const removed = await remove(directory, path);
  return { directory: path, label, bytes, reason: fault ?? "still good", removed };
}

/** Under another name first: what is half removed must not be found. */
async function remove(directory: string, path: string): Promise<boolean> {
  const aside = join(directory, "..", workPrefix(directory) + crypto.randomUUID());
  try {
    await Deno.rename(path, aside);
    await Deno.remove(aside, { recursive: true });
    return true;
  } catch {
    return false;
  }
}

async function examine(
  directory: string,
): Promise<{ label: string | undefined; fault: string | undefined }> {
  try {
    const { builderVersion, source: { label } } = await readManifest(directory);
    const fault = builderVersion === BUILDER_VERSION
      ? undefined
      : `made by version ${builderVersion} of the builder`;
    return { label, fault };
  } catch {
    return { label: undefined, fault: "damaged, or of a version that is not known" };
  }
}
