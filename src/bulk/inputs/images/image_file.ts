/** Image files on the disk of who runs the job. */
import { ClipError } from "../../../errors.ts";
import { fileTrouble } from "../../../file_trouble.ts";

/**
 * Reads a file whole.
 * @throws {ClipError} "document" if it is missing, no regular file, empty or larger than `maxBytes`.
 */
export async function readImageFile(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    const { isFile, size } = await Deno.stat(path);
    // A pipe would be waited for.
    if (!isFile) throw unreadable(path, "it is no regular file");
    if (size > maxBytes) throw unreadable(path, `it is larger than ${maxBytes} bytes`);
    if (size === 0) throw unreadable(path, "it is empty");
    const bytes = new Uint8Array(size);
    using file = await Deno.open(path, { read: true });
    let length = 0;
    while (length < size) {
      const read = await file.read(bytes.subarray(length));
      if (read === null) break;
      length += read;
    }
    return bytes.subarray(0, length);
  } catch (thrown) {
    throw thrown instanceof ClipError ? thrown : unreadable(path, fileTrouble(thrown));
  }
}

function unreadable(path: string, reason: string): ClipError {
  return new ClipError("document", `Cannot read '${path}': ${reason}`);
}
