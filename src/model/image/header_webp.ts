/** The WebP header: the canvas size. @see https://developers.google.com/speed/webp/docs/riff_container */
import type { ImageHeader } from "./pixels.ts";
import { ByteReader } from "./reader.ts";
import { unidentified } from "./reject.ts";

const ANIMATION = 2;
const ALPHA = 16;

/** Reads the first chunk, whichever of the three kinds it is. */
export function readWebpHeader(bytes: Uint8Array): ImageHeader {
  const reader = new ByteReader(bytes, "little");
  reader.skip(12);
  const kind = String.fromCharCode(...reader.take(4));
  reader.skip(4);
  if (kind === "VP8X") {
    const flags = reader.u8();
    reader.skip(3);
    const width = (reader.u16() | (reader.u8() << 16)) + 1;
    const height = (reader.u16() | (reader.u8() << 16)) + 1;
    // Around an opaque frame that is smaller than the canvas an animation is black, not transparent.
    const opaque = (flags & ANIMATION) !== 0 && (flags & ALPHA) === 0;
    return opaque ? { width, height, mode: "RGB", dropsAlpha: true } : { width, height };
  }
  if (kind === "VP8L") {
    reader.skip(1);
    const packed = reader.u32();
    return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 };
  }
  if (kind === "VP8 ") {
    reader.skip(6);
    return { width: reader.u16() & 0x3fff, height: reader.u16() & 0x3fff };
  }
  throw unidentified("the WebP file does not start with an image");
}
