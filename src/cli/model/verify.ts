/** `model verify`: reads every file again and compares it with what was published. */
import { CATALOG } from "../../model/catalog/catalog.ts";
import { describeDigests, matchesAny } from "../../model/store/digest.ts";
import type { Place } from "../../model/store/layout.ts";
import { presenceOf } from "../../model/store/presence.ts";
import { recordedDigests } from "../../model/store/provenance.ts";
import { readStoreSettings } from "../../model/store/settings.ts";
import { DigestMemory } from "../../model/store/verified.ts";
import type { Console } from "./console.ts";
import { readModel } from "./target.ts";

/**
 * Prints a line for each file: `ok`, `WRONG`, or `?` where no hash is known to compare with.
 * Answers 1 when a file is wrong.
 *
 * @throws {ClipError} `config` for an unknown name.
 */
export async function verifyModels(console: Console, name: string | undefined): Promise<number> {
  const settings = readStoreSettings(console.env);
  const memory = new DigestMemory(settings.cache);
  let wrong = 0;
  let files = 0;
  for (const entry of name === undefined ? CATALOG : [readModel(name)]) {
    const { checkpoints, onnx } = await presenceOf(entry, settings);
    for (const place of [...checkpoints, ...onnx]) {
      files++;
      const verdict = await verify(place, memory);
      if (verdict.startsWith("WRONG")) wrong++;
      console.out(`${verdict}  ${entry.name}  ${place.path}`);
    }
  }
  if (files === 0) {
    console.err(
      name === undefined ? "There are no models in the caches" : `"${name}" is in no cache`,
    );
  }
  return wrong > 0 ? 1 : 0;
}

async function verify(place: Place, memory: DigestMemory): Promise<string> {
  const wanted = place.digests.length > 0 ? place.digests : await recordedDigests(place.path);
  const digests = await memory.digest(place.path, { fresh: true });
  if (wanted.length === 0) return `?      sha256 ${digests.sha256}`;
  if (matchesAny(digests, wanted)) return "ok";
  return `WRONG  sha256 ${digests.sha256}, wanted ${describeDigests(wanted)}`;
}
