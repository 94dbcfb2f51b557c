/** Which of a model's files are there, without reading them. */
import type { CatalogEntry } from "../catalog/catalog.ts";
import { checkpointPlaces, isFile, type Place } from "./layout.ts";
import { onnxPlaces } from "./onnx.ts";
import type { StoreSettings } from "./settings.ts";

/** Every file of a model that is in one of the caches. */
export interface Presence {
  checkpoints: readonly Place[];
  /** Files of ONNX pairs of which both halves are there. */
  onnx: readonly Place[];
}

/** Looks for a model's files in the caches. No hash is computed. */
export async function presenceOf(entry: CatalogEntry, settings: StoreSettings): Promise<Presence> {
  const onnx: Place[] = [];
  for (const { textual, visual } of await onnxPlaces(entry, settings)) {
    const halves = [await existing(textual), await existing(visual)];
    if (halves.every((half) => half.length > 0)) onnx.push(...halves.flat());
  }
  return { checkpoints: await existing(await checkpointPlaces(entry, settings)), onnx };
}

async function existing(places: readonly Place[]): Promise<Place[]> {
  const there: Place[] = [];
  for (const place of places) if (await isFile(place.path)) there.push(place);
  return there;
}
