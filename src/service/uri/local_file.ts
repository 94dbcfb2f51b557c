/** Files on the server's own disk: readable by clients only where the flow says so. */
import { fromFileUrl, isInside } from "./file_path.ts";
import { ClipError } from "../../errors.ts";

/**
 * Reads a file named by a path or a `file:` URI.
 * @param allowed directories whose files may be read; symbolic links are followed before the check.
 * @throws {ClipError} "document" if it is outside, missing, too large or no file. The message does
 * not tell which of these, unless the path is inside: a client must not learn what the disk holds.
 */
export async function readLocalFile(
  uri: string,
  allowed: readonly string[],
  maxBytes: number,
): Promise<Uint8Array> {
  const refused = new ClipError(
    "document",
    `'${uri.slice(0, 120)}' is no http(s) or data URI, and local files are not read` +
      (allowed.length > 0
        ? " outside the directories of 'allow_local_files'"
        : " ('allow_local_files' in the flow permits directories)"),
    { name: "PermissionError" },
  );
  const path = fromFileUrl(uri);
  if (allowed.length === 0 || path === undefined) throw refused;
  let real: string;
  try {
    real = await Deno.realPath(path);
  } catch {
    throw refused;
  }
  const roots = await Promise.all(allowed.map((root) => Deno.realPath(root).catch(() => root)));
  if (!roots.some((root) => isInside(real, root))) throw refused;
  using file = await Deno.open(real, { read: true });
  const info = await file.stat();
  if (!info.isFile) throw new ClipError("document", `'${uri}' is not a regular file`);
  if (info.size > maxBytes) {
    throw new ClipError("document", `'${uri}' is larger than ${maxBytes} bytes ('uri_max_bytes')`);
  }
  const bytes = new Uint8Array(info.size);
  let length = 0;
  while (length < bytes.length) {
    const read = await file.read(bytes.subarray(length));
    if (read === null) break;
    length += read;
  }
  return bytes.subarray(0, length);
}
