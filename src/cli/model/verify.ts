/** `model verify`: reads every file again and compares it with what was published. */
import { CATALOG, type CatalogEntry } from "../../model/catalog/catalog.ts";
import { inspectFile } from "../../model/inspect.ts";
import { describeDigests, matchesAny } from "../../model/store/digest.ts";
import type { Place } from "../../model/store/layout.ts";
import { Pins } from "../../model/store/pins.ts";
import { presenceOf } from "../../model/store/presence.ts";
import { recordedDigests } from "../../model/store/provenance.ts";
import { readStoreSettings, type StoreSettings } from "../../model/store/settings.ts";
import { DigestMemory } from "../../model/store/verified.ts";
import type { Console } from "./console.ts";
import { readModel } from "./target.ts";

/**
 * Prints a line for each file: `ok`, `WRONG`, or `?` where no hash is known to compare with.
 * Answers 1 when a file is wrong, or there is none.
 *
 * @throws {ClipError} `config` for an unknown name.
 */
export async function verifyModels(console: Console, name: string | undefined): Promise<number> {
  const settings = readStoreSettings(console.env);
  const memory = new DigestMemory(settings.cache);
  const pins = new Pins(settings.cache);
  let wrong = 0;
  let files = 0;
  for (const entry of name === undefined ? CATALOG : withImages(readModel(name))) {
    for (const place of await filesOf(entry, settings)) {
      files++;
      const verdict = await verify(place, entry, memory, pins);
      if (verdict.startsWith("WRONG")) wrong++;
      console.out(`${verdict}  ${entry.name}  ${place.path}`);
    }
  }
  if (files === 0) {
    console.err(
      name === undefined ? "There are no models in the caches" : `"${name}" is in no cache`,
    );
  }
  return wrong > 0 || files === 0 ? 1 : 0;
}

function withImages(entry: CatalogEntry): CatalogEntry[] {
  return entry.images === undefined ? [entry] : [entry, entry.images];
}

/** Every file of a model, once. */
async function filesOf(entry: CatalogEntry, settings: StoreSettings): Promise<Place[]> {
  const { checkpoints, parts, lacking, onnx } = await presenceOf(entry, settings);
  const all = [...checkpoints, ...lacking.map(({ place }) => place), ...parts, ...onnx];
  return [...new Map(all.map((place) => [place.path, place])).values()];
}

async function verify(
  place: Place,
  entry: CatalogEntry,
  memory: DigestMemory,
  pins: Pins,
): Promise<string> {
  const { path, role, published } = place;
  const wanted = [...place.digests];
  if (wanted.length === 0) wanted.push(...await recordedDigests(path));
  const pin = published ? undefined : await pins.read(path);
  if (wanted.length === 0 && pin !== undefined) {
    wanted.push({ algorithm: "sha256", hex: pin.sha256 });
  }
  const digests = await memory.digest(path, { fresh: true });
  if (!matchesAny(digests, wanted)) {
    return `WRONG  sha256 ${digests.sha256}, wanted ${describeDigests(wanted)}`;
  }
  const fault = published ? undefined : inspectFile(path, role, entry);
  if (fault !== undefined) return `WRONG  ${fault}`;
  return wanted.length === 0 ? `?      sha256 ${digests.sha256}` : "ok";
}
