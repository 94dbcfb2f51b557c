/** Hashes of files too large for memory. */

import { createHash } from "node:crypto";

const CHUNK_BYTES = 1 << 20;

/**
 * SHA-256 of a file, streamed.
 *
 * @param onProgress called after each MiB with the bytes done and the bytes in all
 * @returns 64 lower-case hex digits
 */
export async function fileSha256(
  path: string,
  onProgress?: (doneBytes: number, totalBytes: number) => void,
): Promise<string> {
  using file = await Deno.open(path, { read: true });
  const total = (await file.stat()).size;
  const hash = createHash("sha256");
  const chunk = new Uint8Array(CHUNK_BYTES);
  let done = 0;
  for (;;) {
    const count = await file.read(chunk);
    if (count === null) return hash.digest("hex");
    hash.update(chunk.subarray(0, count));
    done += count;
    onProgress?.(done, total);
  }
}
