/** From decoded pixels to the RGB bytes of CLIP's crop: resize in the image's own mode, crop, RGB. */
import { ClipError } from "../../errors.ts";
import { coefficients } from "./coefficients.ts";
import { lookUp, premultiply, toRgb, unpremultiply } from "./convert.ts";
import {
  type CropGeometry,
  cropGeometry,
  cropOffset,
  type CropRule,
  cropRule,
  type CropSize,
} from "./geometry.ts";
import { nearestCrop } from "./nearest.ts";
import type { PixelImage } from "./pixels.ts";
import { resampleIntegers, resampleScalar, type Source } from "./resample_scalar.ts";
import { SimdResampler } from "./resample_simd.ts";

/**
 * Most pixels of the resized image, before the crop. Pillow would need four bytes for each; an
 * image over it is a line thousands of times as long as it is thick.
 */
const MAX_RESIZED_PIXELS = 2 ** 29;

let simd: SimdResampler | null | undefined;

/** This thread's kernel, or `null` where WebAssembly has no SIMD. */
function kernel(): SimdResampler | null {
  if (simd === undefined) {
    try {
      simd = new SimdResampler();
    } catch {
      simd = null;
    }
  }
  return simd;
}

/** The image's pixels with the place at which they start. */
function source<Data>(image: PixelImage, data: Data): Source<Data> {
  const { left, top, width } = image.window ?? { left: 0, top: 0, width: image.width };
  return { data, width, channels: image.channels, left, top };
}

function copyCrop(
  image: PixelImage,
  { left, top, columns, rows }: CropGeometry,
): PixelImage["data"] {
  const { data, channels, width, left: dataLeft, top: dataTop } = source(image, image.data);
  const line = columns * channels;
  const crop = data instanceof Uint8Array
    ? new Uint8Array(rows * line)
    : new Int32Array(rows * line);
  for (let y = 0; y < rows; y++) {
    const at = ((top - dataTop + y) * width + left - dataLeft) * channels;
    crop.set(data.subarray(at, at + line), y * line);
  }
  return crop;
}

function resizeCrop(image: PixelImage, geometry: CropGeometry): PixelImage["data"] {
  const { mode, width, height, data } = image;
  const { filter } = geometry;
  if (mode === "nearest" || filter === "nearest") return nearestCrop(image, geometry);
  if (mode === "I;16") {
    throw new ClipError(
      "document",
      "This image cannot be embedded: 16-bit gray TIFF images are not resized by the reference; " +
        "convert it to 8 bits a sample",
      { name: "ValueError" },
    );
  }
  const across = coefficients(width, geometry.width, geometry.left, geometry.columns, filter);
  const down = coefficients(height, geometry.height, geometry.top, geometry.rows, filter);
  if (!(data instanceof Uint8Array)) {
    return resampleIntegers(source(image, data), across, down);
  }
  const alpha = mode === "RGBA";
  let crop: Uint8Array;
  const fast = kernel();
  if (fast !== null) {
    crop = fast.resample(source(image, data), across, down, alpha);
  } else {
    const pixels = alpha ? data.slice() : data;
    if (alpha) premultiply(pixels);
    crop = resampleScalar(source(image, pixels), across, down);
  }
  if (alpha) unpremultiply(crop);
  return crop;
}

/** Puts a crop that is smaller than the square into its middle. */
function padded(
  rgb: Uint8Array,
  { columns, rows }: CropGeometry,
  rule: Required<CropRule>,
  image: PixelImage,
): Uint8Array {
  const { size, resize: { fill }, library } = rule;
  if (columns === size && rows === size) return rgb;
  const square = new Uint8Array(size * size * 3);
  const colour = fillColour(image, fill);
  for (let i = 0; i < square.length; i++) square[i] = colour[i % 3]!;
  const [left, top] = [-cropOffset(columns, size, library), -cropOffset(rows, size, library)];
  for (let y = 0; y < rows; y++) {
    const line = rgb.subarray(y * columns * 3, (y + 1) * columns * 3);
    square.set(line, ((top + y) * size + left) * 3);
  }
  return square;
}

/** An image of indices is padded with an index, whose colour is its palette's. */
function fillColour({ palette, filePalette }: PixelImage, fill: number): Uint8Array {
  const indexed = palette ?? filePalette;
  return indexed === undefined
    ? Uint8Array.of(fill, fill, fill)
    : lookUp(Uint8Array.of(fill), indexed);
}

/**
 * The image as RGB, or as gray, whose three channels would be alike.
 */
function asRgb(image: PixelImage): PixelImage {
  const { palette, filePalette: _, ...rest } = image;
  const { mode, channels, data } = rest;
  if (mode === "L" || mode === "RGB") return rest;
  if (palette !== undefined && data instanceof Uint8Array) {
    return { ...rest, mode: "RGB", channels: 3, data: lookUp(data, palette) };
  }
  if (mode === "nearest") return { ...rest, mode: channels === 1 ? "L" : "RGB" };
  return { ...rest, mode: "RGB", channels: 3, data: toRgb(data, channels, mode) };
}

/**
 * CLIP's `Resize(size, BICUBIC)`, `CenterCrop(size)` and `convert("RGB")` as Pillow 9.4 does them, or
 * another model's resize and crop.
 *
 * @returns interleaved RGB, `size * size * 3` bytes
 * @throws {ClipError} for a shape or mode that the reference cannot resize either
 */
export function cropPixels(decoded: PixelImage, crop: CropSize): Uint8Array {
  const rule = cropRule(crop);
  const image = rule.library === "transformers" ? asRgb(decoded) : decoded;
  const { width, height } = image.unturned ?? image;
  const geometry = cropGeometry(width, height, rule);
  if (geometry.width * geometry.height > MAX_RESIZED_PIXELS) {
    throw new ClipError(
      "document",
      `This image cannot be embedded: ${image.width} x ${image.height} pixels is too long and thin ` +
        `to be resized to ${geometry.width} x ${geometry.height}; crop it first`,
      { name: "DecompressionBombError" },
    );
  }
  const resizes = geometry.width !== image.width || geometry.height !== image.height;
  const cut = resizes ? resizeCrop(image, geometry) : copyCrop(image, geometry);
  const rgb = image.palette !== undefined && cut instanceof Uint8Array
    ? lookUp(cut, image.palette)
    : toRgb(cut, image.channels, image.mode);
  return padded(rgb, geometry, rule, image);
}
