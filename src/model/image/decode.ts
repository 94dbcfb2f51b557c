/** Encoded image files to pixels in the mode in which Pillow opens them. */
import sharp, { type Sharp, type SharpOptions } from "sharp";
import { ClipError } from "../../errors.ts";
import { decodeBmp } from "./bmp.ts";
import { checkDecodeBytes } from "./decode_cost.ts";
import { type CropSize, cropWindow } from "./geometry.ts";
import { decodeGif } from "./gif.ts";
import { readHeader, sniffFormat } from "./header.ts";
import { decodeJpeg2000 } from "./jpeg2000.ts";
import { decodePnm } from "./pnm.ts";
import type { ImageHeader, PixelImage, PixelMode } from "./pixels.ts";
import { plainPng } from "./png_plain.ts";
import { plainTiff } from "./tiff_plain.ts";
import { checkSize, type ImageLimits, tookTooLong, unreadable } from "./reject.ts";

// One image at a time in each worker: the parallelism is the workers'. A cache of operations would
// keep the pixels of images that never come again.
sharp.concurrency(1);
sharp.cache(false);
// Only the loaders of what is read: libvips has others (SVG, PDF, its own format, …), and its own
// opinion of what a file is.
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({
  operation: ["Jpeg", "Png", "Webp", "Tiff", "Heif"].map((name) => `VipsForeignLoad${name}Buffer`),
});

/** The colour space, in libvips' words, in which a mode's pixels come out unconverted. */
const SPACES: Readonly<Record<PixelMode, string>> = {
  "nearest": "srgb",
  "L": "b-w",
  "RGB": "srgb",
  "RGBA": "srgb",
  "CMYK": "cmyk",
  "I": "grey16",
  "I;16": "grey16",
};

function open(
  bytes: Uint8Array,
  limits: ImageLimits,
  { autoOrient = false, failOn = "truncated" }: Pick<SharpOptions, "autoOrient" | "failOn"> = {},
): Sharp {
  return sharp(bytes, {
    failOn,
    limitInputPixels: limits.maxPixels,
    unlimited: false,
    ignoreIcc: true,
    autoOrient,
    pages: 1,
    sequentialRead: true,
  });
}

/** A libvips message without its prefixes and repetitions, fit to be shown. */
function reason(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const lines = message.split("\n").map((line) =>
    line.replace(/^Input buffer has corrupt header:/, "").trim().replace(/^(\w+: ?)*/, "").trim()
  );
  const text = lines.find((line) => line.length > 0 && line !== "Unknown error");
  return text?.slice(0, 160) ?? "the decoder gave up";
}

/** A sequence of pictures is also a file of its first one, if it says so in its name. */
function asStillAvif(bytes: Uint8Array): Uint8Array {
  if (bytes[11] !== 0x73) return bytes;
  const still = new Uint8Array(bytes);
  still[11] = 0x66;
  return still;
}

async function avifHeader(bytes: Uint8Array, limits: ImageLimits): Promise<ImageHeader> {
  try {
    const { width, height } = await open(bytes, limits).metadata();
    return { width, height };
  } catch (thrown) {
    throw unreadable(`the AVIF file is damaged or of an unsupported kind (${reason(thrown)})`);
  }
}

/** The formats that sharp decodes. */
type SharpFormat = "jpeg" | "png" | "webp" | "tiff" | "avif";

async function decodeWithSharp(
  bytes: Uint8Array,
  format: SharpFormat,
  limits: ImageLimits,
  size: CropSize,
): Promise<PixelImage> {
  if (format === "avif") bytes = asStillAvif(bytes);
  const header = format === "avif" ? await avifHeader(bytes, limits) : readHeader(bytes, format);
  checkSize(header.width, header.height, limits);
  // Where its header says so may be anywhere.
  if (format === "avif") checkDecodeBytes(bytes, limits, header);
  if (format === "tiff") {
    const { planes = 0, ...whole } = header;
    if (planes > 0) return await decodePlanes(bytes, planes, whole, limits, size);
    return await decodeFile(plainTiff(bytes), format, header, limits, size);
  }
  try {
    return await decodeFile(bytes, format, header, limits, size);
  } catch (thrown) {
    const plain = format === "png" && (thrown as ClipError).name === "OSError" && plainPng(bytes);
    if (!plain) throw thrown;
    return await decodeFile(plain, format, header, limits, size);
  }
}

/** Decodes a file whose samples lie in separate planes one by one, which libvips does not. */
async function decodePlanes(
  bytes: Uint8Array,
  planes: number,
  header: ImageHeader,
  limits: ImageLimits,
  size: CropSize,
): Promise<PixelImage> {
  let image: PixelImage | undefined;
  const channels = planes === 3 ? 3 : 4;
  for (let index = 0; index < planes; index++) {
    const file = plainTiff(bytes, { index, planes });
    const plane = await decodeFile(file, "tiff", { ...header, mode: "L" }, limits, size);
    const { data } = plane;
    image ??= {
      ...plane,
      mode: header.mode!,
      channels,
      data: new Uint8Array(data.length * channels),
    };
    for (let i = 0, to = index; i < data.length; i++, to += channels) image.data[to] = data[i]!;
    releasePixels(plane);
  }
  return image!;
}

/** Decodes a file that the loader takes as it is. */
async function decodeFile(
  bytes: Uint8Array,
  format: SharpFormat,
  header: ImageHeader,
  limits: ImageLimits,
  size: CropSize,
): Promise<PixelImage> {
  const { mode } = header;
  const wide = mode === "I" || mode === "I;16";
  const turned = (header.orientation ?? 1) > 1;
  // Truncated files fail, damaged but complete ones give what can be read: as in Pillow. For TIFF
  // libvips counts missing data as an error.
  const failOn = format === "tiff" ? "error" : "truncated";
  let image = open(bytes, limits, { autoOrient: turned, failOn });
  const window = turned ? undefined : cropWindow(header.width, header.height, size);
  // Only what the crop needs leaves the decoder.
  if (window !== undefined) image = image.extract(window);
  if (mode === "CMYK") image = image.pipelineColourspace("cmyk");
  if (header.dropsAlpha) image = image.removeAlpha();
  image = image.toColourspace(mode === undefined ? "srgb" : SPACES[mode]);
  const { timeoutMs } = limits;
  // Looked at between rows: a codec that gives none before it has a whole frame is not interrupted.
  if (timeoutMs !== undefined) image = image.timeout({ seconds: Math.ceil(timeoutMs / 1000) });
  try {
    const { data, info } = await image.raw({ depth: wide ? "ushort" : "uchar" })
      .toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    if (channels !== 1 && channels !== 3 && channels !== 4) {
      throw unreadable(`it has ${channels} channels`);
    }
    return {
      mode: mode ?? (channels === 4 ? "RGBA" : "RGB"),
      width: window === undefined ? width : header.width,
      height: window === undefined ? height : header.height,
      channels,
      ...(window === undefined ? { unturned: header } : { window }),
      ...(header.palette === undefined ? {} : { filePalette: header.palette }),
      data: wide ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data,
    };
  } catch (thrown) {
    if (thrown instanceof ClipError) throw thrown;
    if (timeoutMs !== undefined && /^timeout: /.test((thrown as Error).message)) {
      throw tookTooLong(timeoutMs);
    }
    throw unreadable(
      `the ${format.toUpperCase()} file is truncated, damaged or of an unsupported kind ` +
        `(${reason(thrown)})`,
    );
  }
}

/**
 * Gives the memory of decoded pixels back at once. The collector does not see how much hangs on
 * the small object that it could free, and fresh memory for each photo costs as much as a resize.
 * The image must not be used after.
 */
export function releasePixels({ data }: PixelImage): void {
  const { buffer } = data;
  // Not a part of a larger buffer, which might be somebody else's.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === data.byteLength) buffer.transfer(0);
}

/**
 * Decodes a file, as far as a crop of `size` needs it; its content decides the format. EXIF
 * orientation and ICC profiles are ignored, and of animations and multi-page files only the first
 * picture is decoded.
 *
 * @throws {ClipError} of kind `document`, named as Pillow's exception: `UnidentifiedImageError`,
 * `OSError` or `DecompressionBombError`
 */
export async function decodeImage(
  bytes: Uint8Array,
  limits: ImageLimits,
  size: CropSize,
): Promise<PixelImage> {
  if (bytes.length > limits.maxBytes) {
    throw new ClipError(
      "document",
      `Cannot read the image file: ${bytes.length} bytes is over the limit of ${limits.maxBytes} ` +
        "bytes; send a smaller file",
      { name: "ImageTooLargeError" },
    );
  }
  const format = sniffFormat(bytes);
  checkDecodeBytes(bytes, limits);
  if (format === "gif") return decodeGif(bytes, limits);
  if (format === "pnm") return decodePnm(bytes, limits);
  if (format === "bmp") return decodeBmp(bytes, limits);
  if (format === "jpeg2000") {
    return await decodeJpeg2000(bytes, readHeader(bytes, format), limits);
  }
  return await decodeWithSharp(bytes, format, limits, size);
}
