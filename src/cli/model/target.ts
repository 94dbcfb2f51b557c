/** What the word after `model info` or `model convert` means: a name of the catalog or a path. */
import { ClipError } from "../../errors.ts";
import { type CatalogEntry, findModel } from "../../model/catalog/catalog.ts";
import { copyBucketModel } from "../../model/store/bucket/bucket_model.ts";
import { readStoreSettings } from "../../model/store/settings.ts";
import { isObjectAddress } from "../../storage/object_address.ts";
import { ObjectStores } from "../../storage/open_store.ts";
import type { Console } from "./console.ts";

/** A model of the catalog, or a checkpoint somewhere on disk: that in a bucket is copied first. */
export type Target =
  | { kind: "model"; entry: CatalogEntry }
  | { kind: "path"; path: string };

/**
 * Reads the word. A name of the catalog comes first: write `./ViT-B-32` for a folder of that name.
 * What `s3://bucket/prefix` stands for is copied into the cache.
 *
 * @throws {ClipError} `config` when it is neither.
 */
export async function readTarget(word: string, console: Console): Promise<Target> {
  if (isObjectAddress(word)) return { kind: "path", path: await copyOf(word, console) };
  const found = findModel(word);
  if (found.ok) return { kind: "model", entry: found.model };
  const exists = await Deno.stat(word).then(() => true, () => false);
  if (exists) return { kind: "path", path: word };
  throw new ClipError("config", `There is no file "${word.slice(0, 200)}". ${found.message}`);
}

async function copyOf(address: string, console: Console): Promise<string> {
  const { path } = await copyBucketModel(address, "checkpoint", {
    settings: readStoreSettings(console.env),
    openStores: () => ObjectStores.open({ environment: (name) => console.env(name) || undefined }),
    warn: (line) => console.err(line),
    progress: console.progress,
  });
  return path;
}

/** @throws {ClipError} `config` for a name that is not in the catalog. */
export function readModel(name: string): CatalogEntry {
  const found = findModel(name);
  if (!found.ok) throw new ClipError("config", found.message);
  return found.model;
}
