/** How many pixels the images of a request have, as Voyage's `usage` tells. */
import { imageSize } from "../../model/image/decode_cost.ts";
import type { RequestItem } from "../../service/item.ts";

/** Characters of a data URI that are decoded at first, and at most: multiples of four. */
const FIRST_CHARACTERS = 1 << 14;
const MOST_CHARACTERS = 1 << 20;

/**
 * Pixels of an item that is an image, by its file's header; 0 for what is fetched from elsewhere, and
 * where there is no header at the beginning.
 */
export function imagePixels(item: RequestItem): number {
  if ("bytes" in item) return pixelsOf(item.bytes);
  if (!("uri" in item)) return 0;
  const head = /^data:[^,]{0,200};base64,/i.exec(item.uri.slice(0, 256))?.[0];
  if (head === undefined) return 0;
  for (let length = FIRST_CHARACTERS; length <= MOST_CHARACTERS; length *= 8) {
    const text = item.uri.slice(head.length, head.length + length);
    const pixels = pixelsOf(decoded(text));
    if (pixels > 0 || text.length < length) return pixels;
  }
  return 0;
}

function pixelsOf(bytes: Uint8Array): number {
  const size = imageSize(bytes);
  return size === undefined ? 0 : size.width * size.height;
}

function decoded(text: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: "stop-before-partial" });
  } catch {
    return new Uint8Array(0);
  }
}
