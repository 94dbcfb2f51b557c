/** Image files from the disk: in Deno and Node. Pages have another one in its place. */
import { readFile } from "node:fs/promises";

/** The bytes of a file. @throws what the system says. */
export async function readImageFile(
  path: string | URL,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const bytes = await readFile(path, { signal });
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
