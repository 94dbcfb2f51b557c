/** The main thread's side of `workers/convert.ts`. */
import type { ConvertTask, FromConverter } from "../../workers/convert_messages.ts";
import { ClipError } from "../errors.ts";
import type { ConversionPhase } from "../graph/conversion_cache.ts";

const WORKER_URL = new URL("../../workers/convert.ts", import.meta.url);

/** What a conversion reports, and what ends it early. */
export interface ConversionEvents {
  onProgress: (phase: ConversionPhase, done: number, total: number) => void;
  /** A line for the log. */
  onNote: (line: string) => void;
  signal?: AbortSignal;
}

/** Where the conversion lies, and whether this call made it. */
export interface ConversionOutcome {
  directory: string;
  fresh: boolean;
}

/**
 * Converts a checkpoint into the cache without holding up this thread, unless the cache has it.
 *
 * @throws {ClipError} as `convertCached`; `signal.reason` when it fires. What was half done is swept
 * away by the next conversion of the same model.
 */
export async function convertInWorker(
  task: ConvertTask,
  { onProgress, onNote, signal }: ConversionEvents,
): Promise<ConversionOutcome> {
  signal?.throwIfAborted();
  const worker = new Worker(WORKER_URL, { type: "module", name: "convert" });
  const { promise, resolve, reject } = Promise.withResolvers<ConversionOutcome>();
  const onAbort = () => reject(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  worker.onmessage = ({ data }: MessageEvent<FromConverter>) => {
    switch (data.type) {
      case "progress":
        return onProgress(data.phase, data.done, data.total);
      case "note":
        return onNote(data.line);
      case "converted":
        return resolve({ directory: data.directory, fresh: data.fresh });
      case "failed":
        return reject(ClipError.fromData(data.error));
    }
  };
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new ClipError("backend", `The worker that converts the model died: ${event.message}`));
  };
  worker.postMessage(task);
  try {
    return await promise;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    worker.terminate();
  }
}
