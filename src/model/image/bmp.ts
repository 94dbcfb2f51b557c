/**
 * Windows and OS/2 bitmaps as Pillow 9.4 reads them (`BmpImagePlugin.py`): 1, 4, 8, 16, 24 and 32
 * bits, bit fields, RLE4 and RLE8, either row order.
 */
import { decodeBmpRle } from "./bmp_rle.ts";
import type { PixelImage } from "./pixels.ts";
import { ByteReader, EndOfData } from "./reader.ts";
import { checkSize, type ImageLimits, unidentified, unreadable } from "./reject.ts";

const RAW = 0;
const RLE8 = 1;
const RLE4 = 2;
const BITFIELDS = 3;

interface BmpHeader {
  width: number;
  height: number;
  bottomUp: boolean;
  bits: number;
  compression: number;
  colors: number;
  /** Bytes of a palette entry: blue, green, red and maybe a filler. */
  paletteEntry: 3 | 4;
  /** Red, green, blue and alpha masks with `BITFIELDS`. */
  masks: number[];
  /** Where the pixel data starts. */
  dataAt: number;
}

function readHeader(reader: ByteReader): BmpHeader {
  reader.skip(10);
  let dataAt = reader.u32();
  const headerSize = reader.u32();
  const fields = new ByteReader(reader.take(Math.max(headerSize - 4, 0)), "little");
  const header: BmpHeader = {
    width: 0,
    height: 0,
    bottomUp: true,
    bits: 0,
    compression: RAW,
    colors: 0,
    paletteEntry: 4,
    masks: [],
    dataAt: 0,
  };
  if (headerSize === 12) {
    header.width = fields.u16();
    header.height = fields.u16();
    fields.skip(2);
    header.bits = fields.u16();
    header.paletteEntry = 3;
  } else if ([40, 64, 108, 124].includes(headerSize)) {
    header.width = fields.u32();
    const height = fields.u32();
    // A negative height means that the top row comes first.
    header.bottomUp = height >>> 24 !== 0xff;
    header.height = header.bottomUp ? height : 2 ** 32 - height;
    fields.skip(2);
    header.bits = fields.u16();
    header.compression = fields.u32();
    fields.skip(12);
    header.colors = fields.u32();
    if (header.compression === BITFIELDS) {
      const inside = headerSize >= 56;
      if (inside) fields.skip(4);
      const from = inside ? fields : reader;
      header.masks = [from.u32(), from.u32(), from.u32(), inside ? from.u32() : 0];
    }
  } else {
    throw unreadable(`its BMP header has ${headerSize} bytes, which is no known version`);
  }
  if (header.colors === 0) header.colors = 2 ** header.bits;
  // Pillow's reading of files whose pixel data would start at the palette.
  if (dataAt === 14 + headerSize && header.bits <= 8) dataAt += 4 * header.colors;
  header.dataAt = dataAt;
  return header;
}

/** Byte places of red, green, blue and alpha in 24- and 32-bit pixels. */
type Places = readonly [number, number, number, number?];

const MASKS_32 = new Map<string, Places>([
  ["ff0000,ff00,ff,0", [2, 1, 0]],
  ["ff000000,ff0000,ff00,0", [3, 2, 1]],
  ["ff000000,ff0000,ff00,ff", [3, 2, 1, 0]],
  ["ff,ff00,ff0000,ff000000", [0, 1, 2, 3]],
  ["ff0000,ff00,ff,ff000000", [2, 1, 0, 3]],
  ["0,0,0,0", [2, 1, 0, 3]],
]);

/** How 16-, 24- and 32-bit pixels are laid out: byte places, or the bits of green in 16. */
function layout(header: BmpHeader): { places: Places } | { greenBits: 5 | 6 } {
  const { bits, compression, masks } = header;
  if (compression !== BITFIELDS) return bits === 16 ? { greenBits: 5 } : { places: [2, 1, 0] };
  const key = masks.map((mask) => mask.toString(16));
  if (bits === 32) {
    const places = MASKS_32.get(key.join());
    if (places !== undefined) return { places };
  }
  const colors = key.slice(0, 3).join();
  if (bits === 24 && colors === "ff0000,ff00,ff") return { places: [2, 1, 0] };
  if (bits === 16 && colors === "f800,7e0,1f") return { greenBits: 6 };
  if (bits === 16 && colors === "7c00,3e0,1f") return { greenBits: 5 };
  throw unreadable("its BMP bit fields have a layout that is not supported");
}

function unpack16(row: Uint8Array, out: Uint8Array, to: number, greenBits: 5 | 6): void {
  const redShift = 5 + greenBits;
  const greenMost = (1 << greenBits) - 1;
  for (let at = 0; at + 1 < row.length; at += 2, to += 3) {
    const pixel = row[at]! | (row[at + 1]! << 8);
    out[to] = (((pixel >> redShift) & 31) * 255) / 31;
    out[to + 1] = (((pixel >> 5) & greenMost) * 255) / greenMost;
    out[to + 2] = ((pixel & 31) * 255) / 31;
  }
}

/** Bytes of a row's pixels, and of a row with its padding. */
function rowBytes({ width, bits }: BmpHeader): { used: number; stride: number } {
  return { used: Math.ceil((width * bits) / 8), stride: Math.ceil((width * bits) / 32) * 4 };
}

/** Refuses a file without all its rows, before memory is taken for them; the last needs no padding. */
function checkRows(bytes: Uint8Array, header: BmpHeader): void {
  const { used, stride } = rowBytes(header);
  if (header.dataAt + stride * (header.height - 1) + used > bytes.length) {
    throw unreadable("the BMP file is truncated");
  }
}

/** Reads rows of the file from the top of the image down, whatever their order in the file. */
function* rows(bytes: Uint8Array, header: BmpHeader): Generator<[number, Uint8Array]> {
  const { height, bottomUp, dataAt } = header;
  const { used, stride } = rowBytes(header);
  for (let y = 0; y < height; y++) {
    const at = dataAt + (bottomUp ? height - 1 - y : y) * stride;
    yield [y, bytes.subarray(at, at + used)];
  }
}

function decodeColors(bytes: Uint8Array, header: BmpHeader): PixelImage {
  const { width, height, bits } = header;
  const how = layout(header);
  checkRows(bytes, header);
  const places = "places" in how ? how.places : undefined;
  const channels = places?.[3] === undefined ? 3 : 4;
  const data = new Uint8Array(width * height * channels);
  const step = bits / 8;
  for (const [y, row] of rows(bytes, header)) {
    let to = y * width * channels;
    if ("greenBits" in how) {
      unpack16(row, data, to, how.greenBits);
      continue;
    }
    for (let at = 0; at < row.length; at += step) {
      for (let c = 0; c < channels; c++) data[to++] = row[at + how.places[c]!]!;
    }
  }
  return { mode: channels === 4 ? "RGBA" : "RGB", width, height, channels, data };
}

function unpackIndices(bytes: Uint8Array, header: BmpHeader): Uint8Array {
  const { width, bits } = header;
  checkRows(bytes, header);
  const indices = new Uint8Array(width * header.height);
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  for (const [y, row] of rows(bytes, header)) {
    for (let x = 0; x < width; x++) {
      const shift = 8 - bits - (x % perByte) * bits;
      indices[y * width + x] = (row[Math.floor(x / perByte)]! >> shift) & mask;
    }
  }
  return indices;
}

/** Black and white, or every index its own gray: Pillow then drops the palette. */
function isGray(palette: Uint8Array, entry: number, colors: number): boolean {
  if (palette.length < entry * (colors - 1) + 3) return false;
  for (let i = 0; i < colors; i++) {
    const gray = colors === 2 ? i * 255 : i & 255;
    for (let c = 0; c < 3; c++) if (palette[i * entry + c] !== gray) return false;
  }
  return true;
}

function decodeIndexed(reader: ByteReader, header: BmpHeader): PixelImage {
  const { width, height, colors, paletteEntry } = header;
  if (colors > 65536) throw unreadable(`its BMP palette has ${colors} colours`);
  const entries = reader.takeUpTo(paletteEntry * colors);
  if (header.dataAt === 0) header.dataAt = reader.at;
  const rle = header.compression === RLE8 || header.compression === RLE4;
  const indices = rle
    ? decodeBmpRle(
      reader.bytes,
      header.dataAt,
      width,
      height,
      header.compression === RLE4,
      header.bottomUp,
    )
    : unpackIndices(reader.bytes, header);
  const gray = isGray(entries, paletteEntry, colors);
  if (gray && colors !== 2) return { mode: "L", width, height, channels: 1, data: indices };
  const palette = new Uint8Array(Math.floor(entries.length / paletteEntry) * 3);
  for (let i = 0; i < palette.length / 3; i++) {
    for (let c = 0; c < 3; c++) palette[3 * i + c] = entries[paletteEntry * i + 2 - c]!;
  }
  return { mode: "nearest", width, height, channels: 1, data: indices, palette };
}

/**
 * Decodes a BMP file.
 *
 * @throws {ClipError} for a broken file, an unsupported layout, or one over the limits
 */
export function decodeBmp(bytes: Uint8Array, limits: ImageLimits): PixelImage {
  try {
    const reader = new ByteReader(bytes, "little");
    const header = readHeader(reader);
    checkSize(header.width, header.height, limits);
    if (![1, 4, 8, 16, 24, 32].includes(header.bits)) {
      throw unreadable(`its BMP pixels have ${header.bits} bits, which is not supported`);
    }
    if (header.compression > BITFIELDS) {
      throw unreadable(`BMP compression ${header.compression} is not supported`);
    }
    if (header.bits <= 8) {
      if (header.compression === BITFIELDS) {
        throw unreadable("its BMP bit fields have a layout that is not supported");
      }
      return decodeIndexed(reader, header);
    }
    if (header.compression !== RAW && header.compression !== BITFIELDS) {
      throw unreadable("run-length BMP files have 4 or 8 bits a pixel");
    }
    if (header.dataAt === 0) header.dataAt = reader.at;
    return decodeColors(bytes, header);
  } catch (thrown) {
    if (thrown instanceof EndOfData) throw unidentified("the BMP file ends inside its header");
    throw thrown;
  }
}
