/** How tests open an embedded index: in folders of their own, which are removed when the tests end. */
import { join } from "node:path";
import type { IndexEngine, IndexShape } from "../../../src/index/engine.ts";
import { openEmbeddedIndex } from "../../../src/index/embedded/open.ts";
import { type Log, SILENT_LOG } from "../../../src/telemetry/log.ts";

/** The worker of an embedded index. */
export const WORKER_URL: string = new URL("../../../workers/index.ts", import.meta.url).href;

/** What never fires. */
export const NEVER: AbortSignal = new AbortController().signal;

/** The defaults of a flow. */
export const SETTINGS = { efConstruction: 128, efSearch: 128, maxConnection: 16 };

const root = Deno.makeTempDirSync({ prefix: "clipline-index-" });
addEventListener("unload", () => Deno.removeSync(root, { recursive: true }));

/** A folder that is not there yet. */
export function newFolder(name: string = crypto.randomUUID()): string {
  return join(root, name);
}

/** Opens the index of a folder. */
export function openFolder(
  shape: IndexShape,
  folder: string,
  options: { log?: Log; workerUrl?: string; signal?: AbortSignal } = {},
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
