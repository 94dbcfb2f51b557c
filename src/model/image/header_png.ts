/** The PNG header, as far as Pillow's `PngImagePlugin` looks before the pixels. */
import { crc32 } from "node:zlib";
import type { ImageHeader, PixelMode } from "./pixels.ts";
import { ByteReader, EndOfData } from "./reader.ts";
import { unidentified, unreadable } from "./reject.ts";

/** Colour type and bit depth -> mode; gray with 16-bit alpha is opened as RGBA. */
const MODES: Readonly<Record<string, PixelMode>> = {
  "0/1": "nearest",
  "0/2": "L",
  "0/4": "L",
  "0/8": "L",
  "0/16": "I",
  "2/8": "RGB",
  "2/16": "RGB",
  "3/1": "nearest",
  "3/2": "nearest",
  "3/4": "nearest",
  "3/8": "nearest",
  "4/8": "RGBA",
  "4/16": "RGBA",
  "6/8": "RGBA",
  "6/16": "RGBA",
};

/**
 * Reads the chunks before the first IDAT and checks their checksums; those of the pixel data are
 * not looked at, as in Pillow.
 */
export function readPngHeader(bytes: Uint8Array): ImageHeader {
  const reader = new ByteReader(bytes, "big");
  reader.skip(8);
  let header: ImageHeader | undefined;
  while (true) {
    if (reader.at === bytes.length) throw new EndOfData();
    const length = reader.u32();
    const from = reader.at;
    const name = String.fromCharCode(...reader.take(4));
    if (!/^\w{4}$/.test(name)) throw unidentified("the PNG file holds a broken chunk");
    if (name === "IDAT" || name === "IEND" || name === "fdAT") break;
    const data = reader.take(length);
    if (crc32(bytes.subarray(from, reader.at)) !== reader.u32()) {
      throw unidentified(`the checksum of the PNG file's ${name} chunk is wrong`);
    }
    if (name === "PLTE" && header?.mode === "nearest") header.palette = data;
    if (name !== "IHDR") continue;
    if (length < 13) throw unidentified("the PNG file's IHDR chunk is too short");
    const fields = new ByteReader(data, "big");
    const width = fields.u32();
    const height = fields.u32();
    const depth = fields.u8();
    const color = fields.u8();
    const mode = MODES[`${color}/${depth}`];
    if (mode === undefined) {
      throw unidentified(`PNG colour type ${color} with ${depth} bits does not exist`);
    }
    // A transparent colour or palette entry is no alpha channel to Pillow.
    header = { width, height, mode, dropsAlpha: mode !== "RGBA" };
  }
  if (header === undefined) throw unreadable("the PNG file has no IHDR chunk before its pixels");
  return header;
}
