/** Configs and tokenizers, which are kept in the folder of the weights that they were published with. */
import { basename, dirname, join } from "node:path";
import type { CatalogEntry, FileBeside } from "../catalog/catalog.ts";
import { hubCandidate } from "./candidates.ts";
import { fetchFile } from "./fetch_file.ts";
import { RefusedError } from "./http.ts";
import type { CheckpointPlace, Place } from "./layout.ts";
import { siblingOf } from "./shards.ts";
import { findFile, type Store } from "./store.ts";

/** Names that one of them may have in its folder, best first. */
export function namesOf({ from }: FileBeside): string[] {
  return [...new Set(from.map(({ file }) => basename(file)))];
}

/** What a checkpoint cannot do without and has not beside it, by its best name. */
export async function lackingBeside(
  place: CheckpointPlace,
  entry: CatalogEntry,
  store: Store,
): Promise<string | undefined> {
  for (const each of place.beside) {
    if (each.needed && !await isBeside(each, place, entry, store)) return namesOf(each)[0];
  }
  return undefined;
}

async function isBeside(
  wanted: FileBeside,
  weights: Place,
  entry: CatalogEntry,
  store: Store,
): Promise<boolean> {
  const places: Place[] = [];
  for (const name of namesOf(wanted)) {
    places.push(await siblingOf(weights, join(dirname(weights.path), name), "beside"));
  }
  return await findFile(places, entry, store) !== undefined;
}

/**
 * Gets what is published beside weights into their folder. What is not needed is taken along where it
 * is there.
 *
 * @param repository where the weights are
 * @throws {RefusedError} (http.ts) when nobody gives what is needed, or the host is not reached
 */
export async function fetchBeside(
  beside: readonly FileBeside[],
  repository: string,
  folder: string,
  entry: CatalogEntry,
  store: Store,
): Promise<void> {
  const own: Place = {
    path: join(folder, "weights"),
    role: "checkpoint",
    digests: [],
    published: false,
    owner: "clipline",
  };
  for (const wanted of beside) {
    if (await isBeside(wanted, own, entry, store)) continue;
    const refused = await fetchFirst(wanted, repository, folder, entry, store);
    if (refused === undefined) continue;
    if (wanted.needed || refused.unreachable) {
      throw new RefusedError(
        `cannot get ${namesOf(wanted).join(" or ")}, which the model needs: ${refused.message}`,
        refused.status,
        { unreachable: refused.unreachable },
      );
    }
    if (refused.status !== 404) store.log(`Goes without ${namesOf(wanted)[0]}: ${refused.message}`);
  }
}

/** The first of the places that has it; the refusal of the last one if none has. */
async function fetchFirst(
  wanted: FileBeside,
  repository: string,
  folder: string,
  entry: CatalogEntry,
  store: Store,
): Promise<RefusedError | undefined> {
  let refused: RefusedError | undefined;
  for (const from of wanted.from) {
    const candidate = hubCandidate(from.repository ?? repository, from.file, store.settings);
    const path = join(folder, candidate.file);
    try {
      await fetchFile(candidate, { path, role: "beside", entry, name: candidate.file }, store);
      return undefined;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      refused = error;
      if (error.unreachable) break;
    }
  }
  return refused;
}
