/** From a checkpoint on disk to what the graph builder's cache wants to know of it. */
import { join } from "node:path";
import { CONFIG_FILES } from "../checkpoint/configs/beside.ts";
import { TOKENIZER_FILES } from "../checkpoint/configs/tokenizer_files.ts";
import { type CheckpointHints, hintsFromArchitecture } from "../checkpoint/facts.ts";
import { type CheckpointPath, locateCheckpoint, locateModel } from "../checkpoint/locate.ts";
import { openCheckpoint, openWithSource } from "../checkpoint/open.ts";
import type { ConversionSource } from "../graph/conversion_cache.ts";
import type { CatalogEntry } from "./catalog/catalog.ts";
import { isFile } from "./store/layout.ts";

/** What the catalog knows of a checkpoint that its tensors' shapes do not tell. */
export function hintsOf(entry: CatalogEntry): CheckpointHints {
  return hintsFromArchitecture(entry.architecture, entry.name);
}

/**
 * A checkpoint as the conversion cache wants it: every file that the model is read from, and the
 * catalog's facts, so that the same weights under another activation are another conversion.
 *
 * @param onNote hears, when the checkpoint is opened, what takes long and what had to be assumed
 * @throws {ClipError} as `openCheckpoint`, for a path that leads nowhere or a broken sharded set.
 */
export async function conversionSource(
  path: CheckpointPath,
  entry?: CatalogEntry,
  onNote: (line: string) => void = () => {},
): Promise<ConversionSource> {
  const hints = entry === undefined ? {} : hintsOf(entry);
  const model = locateModel(path);
  const places = "text" in model
    ? [locateCheckpoint(model.text), locateCheckpoint(model.image)]
    : [model];
  const files = places.map(({ file }) => file);
  if (places.some(({ sharded }) => sharded)) {
    const { state, parts } = openWithSource(path, hints);
    state.close();
    files.push(...parts.flatMap((part) => part.files).filter((each) => !files.includes(each)));
  }
  for (const { folder } of places) {
    for (const name of [...CONFIG_FILES, ...TOKENIZER_FILES]) {
      const beside = join(folder, name);
      if (await isFile(beside)) files.push(beside);
    }
  }
  return {
    label: entry?.name ?? (typeof path === "string" ? path : `${path.text} with ${path.image}`),
    files,
    variant: JSON.stringify(hints),
    open: () => {
      for (const each of files.filter(isGzipped)) {
        onNote(`Unpacking '${each}' into the folder for temporary files`);
      }
      const state = openCheckpoint(path, hints);
      for (const note of state.notes) onNote(note);
      return state;
    },
  };
}

/** By content: names are not asked. */
function isGzipped(path: string): boolean {
  using file = Deno.openSync(path);
  const head = new Uint8Array(2);
  return file.readSync(head) === 2 && head[0] === 0x1f && head[1] === 0x8b;
}
