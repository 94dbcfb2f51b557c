/** What it will cost to decode a picture, told by its first bytes and never by decoding. */
import { readHeader, sniffFormat } from "./header.ts";
import { readAvifHeader } from "./header_avif.ts";
import type { RawPixels } from "./pixels.ts";
import { ByteReader, EndOfData } from "./reader.ts";
import { type ImageLimits, tooCostly } from "./reject.ts";

/** What a decoder will hold. */
export interface DecodeCost {
  /** Width times height. */
  pixels: number;
  /** Bytes of its buffers, about: pixels times channels, and what the codec keeps beside them. */
  bytes: number;
}

/** Headers are looked for in so many bytes (TIFF's may be anywhere, but is of bounded length). */
const HEADER_BYTES = 1024 * 1024;
/**
 * Bytes for each pixel of codecs that decode a whole frame before they give the first row: their
 * frame, what they make of it, and ours. Measured (libvips 8.17, 20 million pixels): WebP 10.8 to
 * 13.0, AVIF of 8 bits 16.2 to 19.2, of 12 bits 19.5 to 25.5.
 */
const WEBP_EACH = 13;
const AVIF_EACH = 20;
const AVIF_DEEP_EACH = 26;
const NOTHING: DecodeCost = { pixels: 0, bytes: 0 };

/**
 * The cost of an image: an estimate, never too low by much for what is then decoded. Files that will
 * be refused for their headers cost nothing; of one whose header is not found it is the most that
 * `maxPixels` and `maxDecodeBytes` allow. Takes any bytes and never throws; costs at most a few
 * milliseconds.
 */
export function decodeCost(
  image: Uint8Array | RawPixels,
  { maxBytes, maxPixels, maxDecodeBytes = Infinity }: ImageLimits,
): DecodeCost {
  // Pixels are there already.
  if (!(image instanceof Uint8Array)) return { pixels: image.width * image.height, bytes: 0 };
  if (image.length > maxBytes) return NOTHING;
  try {
    const { width, height, each } = sizeOf(image);
    const pixels = width * height;
    const bytes = pixels * each;
    return pixels > maxPixels || bytes > maxDecodeBytes ? NOTHING : { pixels, bytes };
  } catch (thrown) {
    if (!(thrown instanceof EndOfData)) return NOTHING;
    return { pixels: maxPixels, bytes: Math.min(maxPixels * AVIF_DEEP_EACH, maxDecodeBytes) };
  }
}

/**
 * Refuses an image whose decoding takes more than `maxDecodeBytes`.
 * @param size as it was found out otherwise; its header is looked at without.
 * @throws {ClipError} `DecompressionBombError`
 */
export function checkDecodeBytes(
  image: Uint8Array,
  { maxDecodeBytes = Infinity }: ImageLimits,
  size?: { width: number; height: number },
): void {
  if (maxDecodeBytes === Infinity) return;
  let found: Size;
  try {
    found = sizeOf(image);
  } catch {
    // What is wrong with it the decoder says.
    if (size === undefined) return;
    found = { ...size, each: AVIF_DEEP_EACH };
  }
  const { width, height } = size ?? found;
  const bytes = width * height * found.each;
  if (bytes > maxDecodeBytes) throw tooCostly(width, height, bytes, maxDecodeBytes);
}

/**
 * Width and height as a file's header has them, not turned; undefined where it has none that is read.
 * Takes any bytes and never throws; costs as much as `decodeCost`.
 */
export function imageSize(image: Uint8Array): { width: number; height: number } | undefined {
  try {
    const { width, height } = sizeOf(image);
    return { width, height };
  } catch {
    return undefined;
  }
}

/** Width, height, and bytes for each pixel. */
interface Size {
  width: number;
  height: number;
  each: number;
}

/** @throws {ClipError} for what is refused; {EndOfData} where the header was not found. */
function sizeOf(bytes: Uint8Array): Size {
  const format = sniffFormat(bytes);
  const start = bytes.subarray(0, HEADER_BYTES);
  switch (format) {
    case "jpeg": {
      if (bytes.length <= HEADER_BYTES) return jpegSize(bytes);
      try {
        return jpegSize(start);
      } catch {
        throw new EndOfData();
      }
    }
    case "png":
      return pngSize(start);
    case "webp":
      return { ...readHeader(start, "webp"), each: WEBP_EACH };
    case "tiff":
      return { ...readHeader(bytes, "tiff"), each: 8 };
    case "avif": {
      const { deep, ...size } = readAvifHeader(bytes);
      return { ...size, each: deep ? AVIF_DEEP_EACH : AVIF_EACH };
    }
    case "jpeg2000":
      // Integers for samples, and ours.
      return { ...readHeader(start, "jpeg2000"), each: 16 };
    case "gif":
      return gifSize(start);
    case "bmp":
      return { ...bmpSize(start), each: 4 };
    case "pnm":
      return { ...pnmSize(start), each: 6 };
  }
}

function jpegSize(bytes: Uint8Array): Size {
  const { width, height, mode, progressive } = readHeader(bytes, "jpeg");
  const channels = mode === "L" ? 1 : mode === "CMYK" ? 4 : 3;
  // Coefficients of two bytes are kept of all scans.
  return { width, height, each: progressive ? 3 * channels : channels };
}

/** IHDR is the first chunk by the standard; elsewhere it is looked for when the file is decoded. */
function pngSize(bytes: Uint8Array): Size {
  const reader = new ByteReader(bytes, "big");
  reader.skip(12);
  if (reader.u32() !== 0x49484452) throw new EndOfData();
  const [width, height, depth] = [reader.u32(), reader.u32(), reader.u8()];
  reader.skip(3);
  // What is interlaced is kept whole beside what is made of it.
  const interlaced = reader.u8() !== 0;
  return { width, height, each: (depth === 16 ? 8 : 4) * (interlaced ? 2 : 1) };
}

/** The screen, or the first frame where that is larger: at most twice 65535 a side. */
function gifSize(bytes: Uint8Array): Size {
  const reader = new ByteReader(bytes, "little");
  reader.skip(6);
  return { width: reader.u16(), height: reader.u16(), each: 2 };
}

function bmpSize(bytes: Uint8Array): { width: number; height: number } {
  const reader = new ByteReader(bytes, "little");
  reader.skip(14);
  if (reader.u32() === 12) return { width: reader.u16(), height: reader.u16() };
  return { width: reader.u32(), height: Math.abs(reader.u32() | 0) };
}

function pnmSize(bytes: Uint8Array): { width: number; height: number } {
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, 4096));
  const found = /^P\d(?:\s|#[^\n]*\n)+(\d{1,9})(?:\s|#[^\n]*\n)+(\d{1,9})\s/.exec(text);
  if (found === null) throw new EndOfData();
  return { width: Number(found[1]), height: Number(found[2]) };
}
