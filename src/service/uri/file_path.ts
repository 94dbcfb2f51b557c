/** Paths in URIs. */
import { resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The path of a `file:` URI or of a plain path; undefined if it is neither. */
export function fromFileUrl(uri: string): string | undefined {
  if (/^file:/i.test(uri)) {
    try {
      return fileURLToPath(uri);
    } catch {
      return undefined;
    }
  }
  // A scheme of one letter is a Windows drive.
  if (/^[a-z][a-z0-9+.-]+:/i.test(uri) || uri.includes("\0")) return undefined;
  return resolve(uri);
}

/** Whether an absolute path is a directory or lies inside it. */
export function isInside(path: string, directory: string): boolean {
  return path === directory ||
    path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}
