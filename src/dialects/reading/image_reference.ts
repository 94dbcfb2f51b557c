/** Images as other APIs have them in JSON: a data URI, a URL, or base64 as it is. */
import { decodeBase64 } from "../../encoding/base64.ts";
import { ClipError } from "../../errors.ts";
import type { Grow } from "../../exchange/message.ts";
import type { RequestItem } from "../../service/item.ts";

/** As a URL begins, whichever it is: the loader says which are fetched. */
const URL_BEGIN = /^\s*[a-z][a-z0-9+.-]*:/i;

/**
 * The image that a text stands for. What is neither a URI nor base64 is an item that failed. Reading
 * takes about as long as scanning the text: many are to be read in slices.
 * @param grow hears of the bytes that base64 becomes; may throw.
 */
export function imageReference(text: string, grow?: Grow): RequestItem {
  // A Windows path and base64 have no such beginning: the alphabet has no colon.
  if (URL_BEGIN.test(text.slice(0, 64))) return { uri: text.trim() };
  const bytes = decoded(text);
  grow?.(bytes.length);
  if (bytes.length > 0) return { bytes };
  return new ClipError(
    "document",
    "Cannot read the image: it is neither base64, nor a data URI, nor a URL",
    { name: "ValueError" },
  );
}

function decoded(text: string): Uint8Array {
  try {
    return decodeBase64(text);
  } catch {
    return new Uint8Array(0);
  }
}

/** Whether a text is an image by itself: a data URI of one. */
export function isImageDataUri(text: string): boolean {
  return /^\s*data:image\//i.test(text.slice(0, 32));
}
