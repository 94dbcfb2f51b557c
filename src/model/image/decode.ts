/** Encoded image files to pixels in the mode in which Pillow opens them. */
import sharp, { type Sharp } from "sharp";
import { ClipError } from "../../errors.ts";
import { decodeBmp } from "./bmp.ts";
import { decodeGif } from "./gif.ts";
import { type ImageHeader, readHeader, sniffFormat } from "./header.ts";
import type { PixelImage, PixelMode } from "./pixels.ts";
import { checkSize, type ImageLimits, unreadable } from "./reject.ts";

// One image at a time in each worker: the parallelism is the workers'. A cache of operations would
// keep the pixels of images that never come again.
sharp.concurrency(1);
sharp.cache(false);

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

function open(bytes: Uint8Array, limits: ImageLimits): Sharp {
  return sharp(bytes, {
    // Truncated files fail, damaged but complete ones give what can be read: as in Pillow.
    failOn: "truncated",
    limitInputPixels: limits.maxPixels,
    unlimited: false,
    ignoreIcc: true,
    autoOrient: false,
    pages: 1,
    sequentialRead: true,
  });
}

/** A libvips message without its prefixes and repetitions, fit to be shown. */
function reason(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const line = message.split("\n")[0] ?? "";
  const text = line.replace(/^(Input buffer has corrupt header: )?(\w+: )*/, "").trim();
  return text.length > 0 ? text.slice(0, 160) : "the decoder gave up";
}

async function avifHeader(bytes: Uint8Array, limits: ImageLimits): Promise<ImageHeader> {
  try {
    const { width, height } = await open(bytes, limits).metadata();
    return { width, height };
  } catch (thrown) {
    throw unreadable(`the AVIF file is damaged or of an unsupported kind (${reason(thrown)})`);
  }
}

/** Turns the pixels as a TIFF file's orientation tag (1 to 8) says. */
function orient(image: Sharp, orientation: number): Sharp {
  switch (orientation) {
    case 2:
      return image.flop();
    case 3:
      return image.rotate(180);
    case 4:
      return image.flip();
    default:
      return image;
  }
}

async function decodeWithSharp(
  bytes: Uint8Array,
  format: "jpeg" | "png" | "webp" | "tiff" | "avif",
  limits: ImageLimits,
): Promise<PixelImage> {
  const header = format === "avif" ? await avifHeader(bytes, limits) : readHeader(bytes, format);
  checkSize(header.width, header.height, limits);
  const { mode } = header;
  const wide = mode === "I" || mode === "I;16";
  let image = open(bytes, limits);
  if (mode === "CMYK") image = image.pipelineColourspace("cmyk");
  if (header.dropsAlpha) image = image.removeAlpha();
  if (header.orientation !== undefined) image = orient(image, header.orientation);
  image = image.toColourspace(mode === undefined ? "srgb" : SPACES[mode]);
  try {
    const { data, info } = await image.raw({ depth: wide ? "ushort" : "uchar" })
      .toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    if (channels !== 1 && channels !== 3 && channels !== 4) {
      throw unreadable(`it has ${channels} channels`);
    }
    return {
      mode: mode ?? (channels === 4 ? "RGBA" : "RGB"),
      width,
      height,
      channels,
      data: wide ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data,
    };
  } catch (thrown) {
    if (thrown instanceof ClipError) throw thrown;
    throw unreadable(
      `the ${format.toUpperCase()} file is truncated, damaged or of an unsupported kind ` +
        `(${reason(thrown)})`,
    );
  }
}

/**
 * Decodes a file; its content decides the format. EXIF orientation and ICC profiles are ignored,
 * and of animations and multi-page files only the first picture is decoded.
 *
 * @throws {ClipError} of kind `document`, named as Pillow's exception: `UnidentifiedImageError`,
 * `OSError` or `DecompressionBombError`
 */
export async function decodeImage(bytes: Uint8Array, limits: ImageLimits): Promise<PixelImage> {
  if (bytes.length > limits.maxBytes) {
    throw new ClipError(
      "document",
      `Cannot read the image file: ${bytes.length} bytes is over the limit of ${limits.maxBytes} ` +
        "bytes; send a smaller file",
      { name: "ImageTooLargeError" },
    );
  }
  const format = sniffFormat(bytes);
  if (format === "gif") return decodeGif(bytes, limits);
  if (format === "bmp") return decodeBmp(bytes, limits);
  return await decodeWithSharp(bytes, format, limits);
}
