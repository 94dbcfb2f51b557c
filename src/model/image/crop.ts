/** From decoded pixels to the RGB bytes of CLIP's crop: resize in the image's own mode, crop, RGB. */
import { ClipError } from "../../errors.ts";
import { coefficients } from "./coefficients.ts";
import { lookUp, premultiply, toRgb, unpremultiply } from "./convert.ts";
import { type CropGeometry, cropGeometry } from "./geometry.ts";
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

function copyCrop(image: PixelImage, { left, top, size }: CropGeometry): PixelImage["data"] {
  const { data, channels, width, left: dataLeft, top: dataTop } = source(image, image.data);
  const line = size * channels;
  const crop = data instanceof Uint8Array
    ? new Uint8Array(size * line)
    : new Int32Array(size * line);
  for (let y = 0; y < size; y++) {
    const at = ((top - dataTop + y) * width + left - dataLeft) * channels;
    crop.set(data.subarray(at, at + line), y * line);
  }
  return crop;
}

function resizeCrop(image: PixelImage, geometry: CropGeometry): PixelImage["data"] {
  const { mode, width, height, data } = image;
  if (mode === "nearest") return nearestCrop(image, geometry);
  if (mode === "I;16") {
    throw new ClipError(
      "document",
      "This image cannot be embedded: 16-bit gray TIFF images are not resized by the reference; " +
        "convert it to 8 bits a sample",
      { name: "ValueError" },
    );
  }
  const across = coefficients(width, geometry.width, geometry.left, geometry.size);
  const down = coefficients(height, geometry.height, geometry.top, geometry.size);
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

/**
 * CLIP's `Resize(size, BICUBIC)`, `CenterCrop(size)` and `convert("RGB")` as Pillow 9.4 does them.
 *
 * @returns interleaved RGB, `size * size * 3` bytes
 * @throws {ClipError} for a shape or mode that the reference cannot resize either
 */
export function cropPixels(image: PixelImage, size: number): Uint8Array {
  const { width, height } = image.unturned ?? image;
  const geometry = cropGeometry(width, height, size);
  if (geometry.width * geometry.height > MAX_RESIZED_PIXELS) {
    throw new ClipError(
      "document",
      `This image cannot be embedded: ${image.width} x ${image.height} pixels is too long and thin ` +
        `to be resized to a shorter side of ${size}; crop it first`,
      { name: "DecompressionBombError" },
    );
  }
  const resizes = geometry.width !== image.width || geometry.height !== image.height;
  const crop = resizes ? resizeCrop(image, geometry) : copyCrop(image, geometry);
  if (image.palette !== undefined && crop instanceof Uint8Array) return lookUp(crop, image.palette);
  return toRgb(crop, image.channels, image.mode);
}
