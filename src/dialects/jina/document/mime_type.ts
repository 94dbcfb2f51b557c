/** What a document's `mime_type` becomes where nobody has set it, as docarray sets it. */
import { inSlices, type Sliced, type Slices } from "../../../encoding/slices.ts";
import type { Document } from "./document.ts";

/** Of the image files that are read, by extension (Python's `mimetypes`). */
const BY_EXTENSION = new Map([
  ["png", "image/png"],
  ["jpg", "image/jpeg"],
  ["jpeg", "image/jpeg"],
  ["gif", "image/gif"],
  ["bmp", "image/bmp"],
  ["webp", "image/webp"],
  ["tif", "image/tiff"],
  ["tiff", "image/tiff"],
  ["avif", "image/avif"],
  ["svg", "image/svg+xml"],
]);

/** Longest media type that is looked for in a data: URL. */
const MAX_TYPE_CHARACTERS = 128;

/** The media type that a URI tells by its looks; undefined if it tells none. */
export function mimeTypeOfUri(uri: string): string | undefined {
  if (/^data:/i.test(uri)) {
    const type = /^data:([\w.+-]+\/[\w.+-]+)[;,]/i.exec(uri.slice(0, MAX_TYPE_CHARACTERS))?.[1];
    return type?.toLowerCase() ?? "text/plain";
  }
  const path = uri.replace(/[?#].*$/s, "");
  const dot = path.lastIndexOf(".");
  return dot < 0 ? undefined : BY_EXTENSION.get(path.slice(dot + 1).toLowerCase());
}

/**
 * Sets the media type of documents, and of those in them, that have none: `text/plain` for a text,
 * else what the `uri` tells. Many are done in slices. The original's documents get it when its executor makes objects of them.
 */
export function setMimeTypes(
  documents: readonly Document[],
  signal?: AbortSignal,
): void | Promise<void> {
  return inSlices((slices) => setInSlices(documents, slices), signal);
}

/** Units of work of a document. */
const DOCUMENT_UNITS = 200;

function* setInSlices(documents: readonly Document[], slices: Slices): Sliced<void> {
  for (const document of documents) {
    const { text, uri, chunks, matches } = document;
    if (!document.mimeType) {
      const type = text ? "text/plain" : uri ? mimeTypeOfUri(uri) : undefined;
      if (type !== undefined) document.mimeType = type;
    }
    if (chunks) yield* setInSlices(chunks, slices);
    if (matches) yield* setInSlices(matches, slices);
    if (slices.spent(DOCUMENT_UNITS)) yield;
  }
}
