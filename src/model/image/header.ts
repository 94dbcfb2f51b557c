/**
 * What a file's first bytes tell: its format, its size, and the mode in which Pillow would open it.
 * Only headers are read, so that a file can be refused before anything is decoded.
 */
import { readJpeg2000Header } from "./jpeg2000.ts";
import { readJpegHeader } from "./header_jpeg.ts";
import { readPngHeader } from "./header_png.ts";
import { readTiffHeader } from "./header_tiff.ts";
import { readWebpHeader } from "./header_webp.ts";
import type { ImageHeader } from "./pixels.ts";
import { EndOfData } from "./reader.ts";
import { unidentified } from "./reject.ts";

/** The formats that are read. */
export type ImageFormat =
  | "jpeg"
  | "png"
  | "gif"
  | "webp"
  | "tiff"
  | "bmp"
  | "pnm"
  | "avif"
  | "jpeg2000";

function startsWith(bytes: Uint8Array, ...prefix: number[]): boolean {
  return prefix.every((byte, i) => bytes[i] === byte);
}

function ascii(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}

/** Formats that Pillow or others read and this server does not, with the reason given to clients. */
function knownButUnread(bytes: Uint8Array): string | undefined {
  const brand = ascii(bytes, 4, 12);
  if (/^ftyp(hei|hev|mif1|msf1)/.test(brand)) return "HEIC";
  if (startsWith(bytes, 0xff, 0x0a) || ascii(bytes, 4, 8) === "JXL ") return "JPEG XL";
  if (startsWith(bytes, 0, 0, 1, 0)) return "ICO";
  if (/^P[1237fF]\s/.test(ascii(bytes, 0, 3))) return "this kind of PNM";
  if (ascii(bytes, 0, 4) === "8BPS") return "PSD";
  if (ascii(bytes, 0, 4) === "%PDF") return "PDF";
  const text = ascii(bytes, 0, 256).trimStart().toLowerCase();
  if (text.startsWith("<svg") || (text.startsWith("<?xml") && text.includes("<svg"))) return "SVG";
  if (text.startsWith("<!doctype html") || text.startsWith("<html")) return "HTML";
  return undefined;
}

/**
 * The format that the content shows; names and media types are not looked at.
 *
 * @throws {ClipError} `UnidentifiedImageError`
 */
export function sniffFormat(bytes: Uint8Array): ImageFormat {
  if (bytes.length === 0) throw unidentified("it is empty");
  if (startsWith(bytes, 0xff, 0xd8, 0xff)) return "jpeg";
  if (startsWith(bytes, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return "png";
  if (/^GIF8[79]a$/.test(ascii(bytes, 0, 6))) return "gif";
  if (ascii(bytes, 0, 4) === "RIFF" && ascii(bytes, 8, 12) === "WEBP") return "webp";
  if (/^(II\*\0|MM\0\*|II\+\0|MM\0\+)$/.test(ascii(bytes, 0, 4))) return "tiff";
  if (ascii(bytes, 0, 2) === "BM") return "bmp";
  if (/^P[456]\s/.test(ascii(bytes, 0, 3))) return "pnm";
  if (/^ftypavi[fs]$/.test(ascii(bytes, 4, 12))) return "avif";
  if (startsWith(bytes, 0xff, 0x4f, 0xff, 0x51) || ascii(bytes, 4, 8) === "jP  ") return "jpeg2000";
  const known = knownButUnread(bytes);
  const read = "JPEG, PNG, GIF, WebP, TIFF, BMP, PNM, AVIF and JPEG 2000";
  throw unidentified(
    known === undefined
      ? `its first bytes are of no image format; ${read} are read`
      : `${known} is not read; ${read} are`,
  );
}

function nameOf(format: ImageFormat): string {
  return format === "jpeg2000" ? "JPEG 2000" : format.toUpperCase();
}

const READERS = {
  jpeg: readJpegHeader,
  png: readPngHeader,
  webp: readWebpHeader,
  tiff: readTiffHeader,
  jpeg2000: readJpeg2000Header,
} as const;

/**
 * Reads the header of a file that others decode than we, save AVIF.
 *
 * @throws {ClipError} `UnidentifiedImageError` for a header that is broken or cut short
 */
export function readHeader(
  bytes: Uint8Array,
  format: keyof typeof READERS,
): ImageHeader {
  try {
    return READERS[format](bytes);
  } catch (thrown) {
    if (thrown instanceof EndOfData) {
      throw unidentified(`the ${nameOf(format)} file ends inside its header`);
    }
    throw thrown;
  }
}
