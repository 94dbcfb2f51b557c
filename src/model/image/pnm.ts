/**
 * Binary portable anymaps (PBM `P4`, PGM `P5`, PPM `P6`) as Pillow 9.4 reads them
 * (`PpmImagePlugin.py`). The plain-text kinds are not read.
 *
 * @see https://netpbm.sourceforge.net/doc/ppm.html
 */
import type { PixelImage } from "./pixels.ts";
import { ByteReader, EndOfData } from "./reader.ts";
import { checkSize, type ImageLimits, unreadable } from "./reject.ts";

/** Digits of a number in the header that Pillow accepts. */
const MAX_DIGITS = 10;

const isSpace = (byte: number): boolean => byte === 32 || (byte >= 9 && byte <= 13);

/** The next number of the header and one white-space byte after it; comments are skipped. */
function readNumber(reader: ByteReader): number {
  let digits = "";
  while (true) {
    let byte = reader.u8();
    if (byte === 0x23) {
      while (byte !== 10 && byte !== 13) byte = reader.u8();
    } else if (isSpace(byte)) {
      if (digits.length > 0) return Number(digits);
    } else {
      digits += String.fromCharCode(byte);
      if (!/^\d+$/.test(digits) || digits.length > MAX_DIGITS) {
        throw unreadable("the PNM file's header holds something that is no number");
      }
    }
  }
}

/** Python's `round(value / most * scale)`: halves to the even number. */
function rescale(value: number, most: number, scale: number): number {
  const exact = (value / most) * scale;
  const floor = Math.floor(exact);
  const up = exact - floor > 0.5 || (exact - floor === 0.5 && floor % 2 === 1);
  return Math.min(scale, up ? floor + 1 : floor);
}

function decodeBits(reader: ByteReader, width: number, height: number): Uint8Array {
  const stride = Math.ceil(width / 8);
  const rows = reader.take(stride * height);
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = (rows[y * stride + (x >> 3)]! >> (7 - (x & 7))) & 1;
      data[y * width + x] = bit === 1 ? 0 : 255;
    }
  }
  return data;
}

/** Decodes a file that starts with `P4`, `P5` or `P6`. */
function decode(reader: ByteReader, limits: ImageLimits): PixelImage {
  reader.skip(1);
  const kind = reader.u8() - 0x30;
  const width = readNumber(reader);
  const height = readNumber(reader);
  checkSize(width, height, limits);
  if (kind === 4) {
    const data = decodeBits(reader, width, height);
    return { mode: "nearest", width, height, channels: 1, data };
  }
  const most = readNumber(reader);
  if (most < 1 || most > 65535) throw unreadable(`its PNM maximum is ${most}, not 1 to 65535`);
  const channels = kind === 5 ? 1 : 3;
  const samples = width * height * channels;
  const bytes = reader.take(most > 255 ? samples * 2 : samples);
  const wide = most > 255 && channels === 1;
  const scale = wide ? 65535 : 255;
  const data = wide ? new Int32Array(samples) : new Uint8Array(samples);
  for (let i = 0; i < samples; i++) {
    const value = most > 255 ? (bytes[2 * i]! << 8) | bytes[2 * i + 1]! : bytes[i]!;
    data[i] = most === scale ? value : rescale(value, most, scale);
  }
  return { mode: wide ? "I" : channels === 1 ? "L" : "RGB", width, height, channels, data };
}

/**
 * Decodes a binary PBM, PGM or PPM file.
 *
 * @throws {ClipError} for a broken file or one over the limits
 */
export function decodePnm(bytes: Uint8Array, limits: ImageLimits): PixelImage {
  try {
    return decode(new ByteReader(bytes, "big"), limits);
  } catch (thrown) {
    if (thrown instanceof EndOfData) throw unreadable("the PNM file is truncated");
    throw thrown;
  }
}
