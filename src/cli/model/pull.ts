/** `model pull`: gets a model's files into the cache. */
import { resolveOnnx } from "../../model/store/onnx.ts";
import { readStoreSettings } from "../../model/store/settings.ts";
import type { StoreOptions } from "../../model/store/store.ts";
import { resolveWeights } from "../../model/store/weights.ts";
import type { Console } from "./console.ts";
import { readModel } from "./target.ts";

/** The store's options for a command. @throws {ClipError} `config`. */
export function storeOptions(console: Console): StoreOptions {
  return {
    settings: readStoreSettings(console.env),
    log: (line) => console.err(line),
    progress: console.progress,
  };
}

/**
 * Prints the path of the checkpoint (of the texts', then of the images', where there are two), or of
 * the folder with the ONNX files.
 *
 * @throws {ClipError} when there is no such model or nobody gives it.
 */
export async function pullModel(
  console: Console,
  name: string,
  options: { onnx: boolean },
): Promise<number> {
  const entry = readModel(name);
  if (!options.onnx) {
    const { path, sha256, images } = await resolveWeights(entry, storeOptions(console));
    console.err(`${entry.name}: sha256 ${sha256}`);
    console.out(path);
    if (images !== undefined) {
      console.err(`${entry.name}, its images: sha256 ${images.sha256}`);
      console.out(images.path);
    }
    return 0;
  }
  const resolved = await resolveOnnx(entry, storeOptions(console));
  if (resolved === undefined) {
    console.err(
      `Nobody gave ready ONNX files of "${entry.name}". ` +
        `\`model convert ${entry.name}\` makes them from the weights`,
    );
    return 1;
  }
  console.out(resolved.path);
  return 0;
}
