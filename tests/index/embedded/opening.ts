/** How tests open an embedded index: in folders of their own, which are removed when the tests end. */
import { join } from "node:path";
import type { IndexEngine, IndexShape } from "../../../src/index/engine.ts";
import { type EmbeddedIndexOptions, openEmbeddedIndex } from "../../../src/index/embedded/open.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";

/** The worker of an embedded index. */
export const WORKER_URL: string = new URL("../../../workers/index.ts", import.meta.url).href;

/** What never fires. */
export const NEVER: AbortSignal = new AbortController().signal;

/** The defaults of a flow. */
export const SETTINGS = { efConstruction: 128, efSearch: 128, maxConnection: 16 };

let root: string | undefined;

/** Made by who needs it: a process that is killed would leave it behind. */
function makeRoot(): string {
  const made = Deno.makeTempDirSync({ prefix: "clipline-index-" });
  addEventListener("unload", () => Deno.removeSync(made, { recursive: true }));
  return made;
}

/** A folder that is not there yet. */
export function newFolder(name: string = crypto.randomUUID()): string {
  return join(root ??= makeRoot(), name);
}

/** Opens the index of a folder. */
export function openFolder(
  shape: IndexShape,
  folder: string,
  options: Partial<EmbeddedIndexOptions> = {},
): Promise<IndexEngine> {
  return openEmbeddedIndex({
    shape,
    folder,
    settings: SETTINGS,
    log: SILENT_LOG,
    workerUrl: WORKER_URL,
    signal: NEVER,
    ...options,
  });
}
