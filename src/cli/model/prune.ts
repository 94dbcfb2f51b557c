/** `model prune`: removes conversions and copies that are of no use. */
import { pruneConversions } from "../../graph/prune.ts";
import { cacheDirectory } from "../../model/store/settings.ts";
import { pruneCopies } from "../../model/store/bucket/prune_copies.ts";
import { pruneOptimized } from "../../runtime/prune_optimized.ts";
import { formatBytes } from "../../model/store/sizes.ts";
import type { Console } from "./console.ts";

/** Prints a line for each; answers 1 when one could not be removed. */
export async function pruneModels(console: Console, options: { all: boolean }): Promise<number> {
  const cache = cacheDirectory(console.env);
  // The conversions first: what was optimised from a removed one is of no use either.
  const pruned = [
    ...await pruneConversions(cache, options),
    ...await pruneOptimized(cache, options),
    ...await pruneCopies(cache),
  ];
  for (const { directory, label, bytes, reason, removed } of pruned) {
    const what = [label, formatBytes(bytes), reason].filter((part) => part !== undefined);
    console.out(`${removed ? "removed" : "IN USE "}  ${directory}  (${what.join(", ")})`);
  }
  const gone = pruned.filter(({ removed }) => removed);
  const bytes = gone.reduce((sum, each) => sum + each.bytes, 0);
  console.err(
    gone.length === 0 ? "There is nothing to remove" : `${formatBytes(bytes)} are free again`,
  );
  return gone.length === pruned.length ? 0 : 1;
}
