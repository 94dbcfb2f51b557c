/** A file's bytes, piece by piece. */
import { CHUNK_BYTES } from "../bounds.ts";

/**
 * The bytes of a file, in pieces of up to `CHUNK_BYTES` that are the reader's own.
 * @throws what the system says; the signal's reason.
 */
export async function* readChunks(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  using file = await Deno.open(path, { read: true });
  for (;;) {
    signal.throwIfAborted();
    const chunk = new Uint8Array(CHUNK_BYTES);
    const length = await file.read(chunk);
    if (length === null) return;
    if (length > 0) yield chunk.subarray(0, length);
  }
}
