/** Which of a model's files are there, without reading them. */
import { dirname, join } from "node:path";
import { shardFiles } from "../../checkpoint/containers/shards.ts";
import { ClipError } from "../../errors.ts";
import type { CatalogEntry } from "../catalog/catalog.ts";
import { namesOf } from "./beside.ts";
import { type CheckpointPlace, checkpointPlaces, isFile, type Place } from "./layout.ts";
import { onnxPlaces } from "./onnx.ts";
import type { StoreSettings } from "./settings.ts";
import { siblingOf } from "./shards.ts";

/** Every file of a model that is in one of the caches. */
export interface Presence {
  /** Weights with all that they need beside them. */
  checkpoints: readonly Place[];
  /** What lies beside those: the files that they are split into, configs, tokenizers. */
  parts: readonly Place[];
  /** Weights that lack something: its name, beside their place. */
  lacking: readonly { place: Place; what: string }[];
  /** Files of ONNX pairs of which both halves are there. */
  onnx: readonly Place[];
  /** Those of the model whose images it has. */
  images?: Presence;
}

/** Looks for a model's files in the caches. No hash is computed. */
export async function presenceOf(entry: CatalogEntry, settings: StoreSettings): Promise<Presence> {
  const onnx: Place[] = [];
  for (const { textual, visual } of await onnxPlaces(entry, settings)) {
    const halves = [await existing(textual), await existing(visual)];
    if (halves.every((half) => half.length > 0)) onnx.push(...halves.flat());
  }
  const checkpoints: Place[] = [];
  const parts: Place[] = [];
  const lacking: { place: Place; what: string }[] = [];
  for (const place of await existing(await checkpointPlaces(entry, settings))) {
    const found = await partsOf(place);
    parts.push(...found.there);
    if (found.missing === undefined) checkpoints.push(place);
    else lacking.push({ place, what: found.missing });
  }
  const images = entry.images === undefined ? undefined : await presenceOf(entry.images, settings);
  return { checkpoints, parts, lacking, onnx, ...(images === undefined ? {} : { images }) };
}

/** Whether a model can be started from weights that are there. */
export function hasWeights({ checkpoints, images }: Presence): boolean {
  return checkpoints.length > 0 && (images === undefined || hasWeights(images));
}

async function existing<P extends Place>(places: readonly P[]): Promise<P[]> {
  const there: P[] = [];
  for (const place of places) if (await isFile(place.path)) there.push(place);
  return there;
}

/** What lies beside weights, and the first thing that is missing. */
async function partsOf(
  place: CheckpointPlace,
): Promise<{ there: Place[]; missing: string | undefined }> {
  const there: Place[] = [];
  let missing: string | undefined;
  const look = async (names: readonly string[], role: "shard" | "beside", needed: boolean) => {
    for (const name of names) {
      const path = join(dirname(place.path), name);
      if (!await isFile(path)) continue;
      there.push(await siblingOf(place, path, role));
      return;
    }
    if (needed) missing ??= names[0];
  };
  if (place.role === "index") {
    for (const name of shardNames(place.path)) await look([name], "shard", true);
  }
  for (const each of place.beside) await look(namesOf(each), "beside", each.needed);
  return { there, missing };
}

/** Names of the files that an index lists; one that is broken is looked into by who opens it. */
function shardNames(index: string): string[] {
  try {
    return shardFiles(index).map((path) => path.slice(dirname(path).length + 1));
  } catch (error) {
    if (error instanceof ClipError) return [];
    throw error;
  }
}
