/** What the word after `model info` or `model convert` means: a name of the catalog or a path. */
import { ClipError } from "../../errors.ts";
import { type CatalogEntry, findModel } from "../../model/catalog/catalog.ts";

/** A model of the catalog, or a checkpoint somewhere on disk. */
export type Target =
  | { kind: "model"; entry: CatalogEntry }
  | { kind: "path"; path: string };

/**
 * Reads the word. A name of the catalog comes first: write `./ViT-B-32` for a folder of that name.
 *
 * @throws {ClipError} `config` when it is neither.
 */
export async function readTarget(word: string): Promise<Target> {
  const found = findModel(word);
  if (found.ok) return { kind: "model", entry: found.model };
  const exists = await Deno.stat(word).then(() => true, () => false);
  if (exists) return { kind: "path", path: word };
  throw new ClipError("config", `There is no file "${word.slice(0, 200)}". ${found.message}`);
}

/** @throws {ClipError} `config` for a name that is not in the catalog. */
export function readModel(name: string): CatalogEntry {
  const found = findModel(name);
  if (!found.ok) throw new ClipError("config", found.message);
  return found.model;
}
