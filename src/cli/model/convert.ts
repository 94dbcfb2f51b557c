/** `model convert`: a checkpoint becomes ONNX graphs, in the cache or in a folder of choice. */
import { basename } from "node:path";
import { convertCached } from "../../graph/conversion_cache.ts";
import { convertCheckpoint, type GraphOptions } from "../../graph/convert.ts";
import { conversionSource } from "../../model/conversion.ts";
import { ConversionProgress } from "../../model/conversion_progress.ts";
import { cacheDirectory } from "../../model/store/settings.ts";
import { checkpointPath, resolveWeights } from "../../model/store/weights.ts";
import type { Console } from "./console.ts";
import { storeOptions } from "./pull.ts";
import { readTarget } from "./target.ts";

/**
 * Converts and prints the folder with the graphs. Without `out` they go into the cache, where the
 * server finds them.
 *
 * @throws {ClipError} when there are no weights, or they cannot be converted.
 */
export async function convertModel(
  console: Console,
  word: string,
  options: GraphOptions & { out: string | undefined },
): Promise<number> {
  const target = await readTarget(word, console);
  const entry = target.kind === "model" ? target.entry : undefined;
  const path = target.kind === "path"
    ? target.path
    : checkpointPath(await resolveWeights(target.entry, storeOptions(console)));
  const source = await conversionSource(path, entry, (line) => console.err(line));
  const progress = new ConversionProgress(
    // Of a copy the folder's name says nothing.
    entry?.name ?? basename(word),
    console.progress,
    (line) => console.err(line),
  );
  const { out, ...graph } = options;
  let ok = false;
  try {
    if (out === undefined) {
      const { directory } = await convertCached(source, {
        ...graph,
        cacheRoot: cacheDirectory(console.env),
        onProgress: (phase, done, total) => progress.show(phase, done, total),
      });
      console.out(directory);
    } else {
      const state = await source.open();
      try {
        await convertCheckpoint(state, out, {
          ...graph,
          source: { label: source.label },
          onProgress: (done, total) => progress.show("converting", done, total),
        });
      } finally {
        state.close();
      }
      console.out(out);
    }
    ok = true;
  } finally {
    progress.end(ok);
  }
  return 0;
}
