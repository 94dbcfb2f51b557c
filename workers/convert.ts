/**
 * Converts one checkpoint into the cache, and ends. A worker of its own because opening a checkpoint
 * is synchronous, and minutes of it are possible (a gzipped file of gigabytes): meanwhile the main
 * thread hears signals and shows what goes on.
 */
/// <reference lib="deno.worker" />
import { ClipError } from "../src/errors.ts";
import { convertCached } from "../src/graph/conversion_cache.ts";
import { conversionSource } from "../src/model/conversion.ts";
import type { ConvertTask, FromConverter } from "./convert_messages.ts";

function post(message: FromConverter): void {
  self.postMessage(message);
}

async function convert({ path, entry, ...options }: ConvertTask): Promise<void> {
  try {
    const source = await conversionSource(path, entry, (line) => post({ type: "note", line }));
    const { directory, fresh } = await convertCached(source, {
      ...options,
      onProgress: (phase, done, total) => post({ type: "progress", phase, done, total }),
    });
    post({ type: "converted", directory, fresh });
  } catch (thrown) {
    post({ type: "failed", error: ClipError.wrap(thrown, "model").toData() });
  }
}

self.onmessage = (event: MessageEvent<ConvertTask>) => void convert(event.data);
