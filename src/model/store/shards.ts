/** Weights that are split into several files: their list, and whether all of them are there. */
import { basename } from "node:path";
import type { CatalogEntry } from "../catalog/catalog.ts";
import { shardFiles } from "../../checkpoint/containers/shards.ts";
import { foreignPlace, type Place } from "./layout.ts";
import { findFile, type Store } from "./store.ts";

/** The first file of a split checkpoint that is not there or wrong. @throws {ClipError} */
export async function lackingShard(
  index: Place,
  entry: CatalogEntry,
  store: Store,
): Promise<string | undefined> {
  for (const path of shardFiles(index.path)) {
    if (await findFile([await siblingOf(index, path, "shard")], entry, store) === undefined) {
      return basename(path);
    }
  }
  const fault = store.inspect(index.path, "checkpoint", entry);
  return fault === undefined ? undefined : `set of weights (${fault})`;
}

/** A file in the folder of another one, and as whose. */
export async function siblingOf(
  { owner }: Place,
  path: string,
  role: "shard" | "beside",
): Promise<Place> {
  if (owner === "other") return await foreignPlace(path, role);
  return { path, role, digests: [], published: false, owner };
}
