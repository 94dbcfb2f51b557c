/** What the service embeds, whatever dialect brought it. */
import type { ClipError } from "../errors.ts";
import type { RawPixels } from "../model/item.ts";

/**
 * One thing to be embedded: a text, an image as the bytes of its file, as pixels, or where it is
 * found; or why there is nothing to embed, which becomes its result.
 */
export type RequestItem =
  | { text: string }
  | { bytes: Uint8Array }
  | { pixels: RawPixels }
  | { uri: string }
  | ClipError;
