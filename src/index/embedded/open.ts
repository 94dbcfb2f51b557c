/** Opens an embedded index: a folder of this machine, which one process has at a time. */
import { ClipError } from "../../errors.ts";
import type { IndexSettings } from "../../flow/config.ts";
import type { Log } from "../../telemetry/log.ts";
import type { IndexEngine, IndexShape } from "../engine.ts";
import { lockFolder } from "./folder_lock.ts";
import { ThreadedEngine } from "./threaded_engine.ts";

/** What an embedded index is opened with. */
export interface EmbeddedIndexOptions {
  shape: IndexShape;
  /** Absolute; it is made if it is not there. */
  folder: string;
  /** How the graph is made and searched. */
  settings: Pick<IndexSettings, "efConstruction" | "efSearch" | "maxConnection">;
  log: Log;
  /** Of `workers/index.ts`. */
  workerUrl: string;
  /** Ends the opening. */
  signal: AbortSignal;
}

/**
 * Opens it; resolves when searches are answered.
 * @throws {ClipError} "config" (`KeyError`) if what is stored has another shape, the folder cannot be
 * used, or another process has it; "unavailable"; the signal's reason if it fires before.
 */
export async function openEmbeddedIndex(options: EmbeddedIndexOptions): Promise<IndexEngine> {
  const { shape, folder, settings, log, workerUrl, signal } = options;
  const release = await lockFolder(folder, signal);
  const graph = {
    connectivity: settings.maxConnection,
    expansionAdd: settings.efConstruction,
    expansionSearch: settings.efSearch,
  };
  const engine = new ThreadedEngine({
    spec: { folder, shape, graph },
    workerUrl,
    log,
    onClosed: release,
  });
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(ClipError.wrap(signal.reason, "cancelled"));
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    await Promise.race([engine.opened, aborted.promise]);
    return engine;
  } catch (error) {
    await engine.close();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
    aborted.promise.catch(() => {});
  }
}
