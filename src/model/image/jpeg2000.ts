/**
 * JPEG 2000 files and bare codestreams, with the pixels of Pillow: gray and RGB of 8 bits.
 *
 * @see ITU-T T.800, annexes A (codestream) and I (JP2)
 */
import { decodeWithOpenJpeg } from "./jpeg2000_codec.ts";
import type { ImageHeader, PixelImage } from "./pixels.ts";
import { ByteReader } from "./reader.ts";
import { checkSize, type ImageLimits, unidentified, unreadable } from "./reject.ts";

/** The codec holds four bytes a sample, twice, and takes seconds for more. */
const MAX_PIXELS = 16_777_216;
/** Tiles of a pixel each would take longer than the picture. */
const MAX_TILES = 16_384;
const CODESTREAM = 0xff4fff51;
/** Enumerated colour spaces: sRGB and gray. */
const COLORS = [16, 17];

/** Where the codestream of a JP2 file begins; refuses what is not plain gray or RGB. */
function findCodestream(bytes: Uint8Array, from: number, to: number): number | undefined {
  const reader = new ByteReader(bytes.subarray(0, to), "big");
  for (reader.at = from; reader.at + 8 <= to;) {
    const start = reader.at;
    const length = reader.u32();
    const kind = String.fromCharCode(...reader.take(4));
    if (length === 1) reader.skip(4);
    const body = length === 1 ? start + 16 : start + 8;
    const stated = length === 1 ? reader.u32() : length;
    const end = stated === 0 ? to : start + stated;
    if (kind === "jp2c") return body;
    if (end < body || end > to) return undefined;
    if (kind === "jp2h") findCodestream(bytes, body, end);
    if (kind === "pclr") throw unreadable("JPEG 2000 files with a palette are not supported");
    if (kind === "colr") {
      reader.at = body;
      const method = reader.u8();
      reader.skip(2);
      if (method === 1 && !COLORS.includes(reader.u32())) {
        throw unreadable(
          "JPEG 2000 files in other colour spaces than RGB and gray are not supported",
        );
      }
    }
    reader.at = end;
  }
  return undefined;
}

/**
 * Reads what is before the first tile.
 *
 * @throws {ClipError} for what is not read; {EndOfData} where the file ends before
 */
export function readJpeg2000Header(bytes: Uint8Array): ImageHeader {
  const reader = new ByteReader(bytes, "big");
  if (reader.u32() !== CODESTREAM) {
    const at = findCodestream(bytes, 0, bytes.length);
    if (at === undefined) throw unidentified("the JPEG 2000 file holds no picture");
    reader.at = at;
    if (reader.u32() !== CODESTREAM) throw unidentified("the JPEG 2000 file holds no picture");
  }
  reader.skip(4);
  const [right, bottom, left, top] = [reader.u32(), reader.u32(), reader.u32(), reader.u32()];
  const [tileWidth, tileHeight] = [reader.u32(), reader.u32()];
  reader.skip(8);
  const components = reader.u16();
  if (components !== 1 && components !== 3) {
    throw unreadable(`JPEG 2000 files with ${components} components are not supported`);
  }
  for (let i = 0; i < components; i++) {
    if (reader.u8() !== 7 || reader.u8() !== 1 || reader.u8() !== 1) {
      throw unreadable(
        "JPEG 2000 files with other samples than 8 bits for each pixel are not supported",
      );
    }
  }
  const tiles = Math.ceil(right / tileWidth) * Math.ceil(bottom / tileHeight);
  if (!(tiles <= MAX_TILES)) {
    throw unreadable(`its JPEG 2000 picture has more than ${MAX_TILES} tiles`);
  }
  return { width: right - left, height: bottom - top, mode: components === 1 ? "L" : "RGB" };
}

/**
 * Decodes a file. The codec cannot be interrupted but with its worker.
 *
 * @throws {ClipError} for a broken file, one of a kind that is not read, or one over the limits
 */
export async function decodeJpeg2000(
  bytes: Uint8Array,
  header: ImageHeader,
  limits: ImageLimits,
): Promise<PixelImage> {
  const { width, height } = header;
  checkSize(width, height, limits);
  if (width * height > MAX_PIXELS) {
    throw unreadable(`JPEG 2000 files of more than ${MAX_PIXELS} pixels are not read`);
  }
  const channels = header.mode === "L" ? 1 : 3;
  const data = await decodeWithOpenJpeg(bytes, { width, height, components: channels });
  if (data === undefined) throw unreadable("the JPEG 2000 file is truncated or damaged");
  return { mode: channels === 1 ? "L" : "RGB", width, height, channels, data };
}
