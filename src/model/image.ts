/**
 * CLIP's image preprocessing: `Resize(n, BICUBIC)`, `CenterCrop(n)`, `convert("RGB")`, `ToTensor`
 * and `Normalize` of openai/CLIP, with the bytes that Pillow 9.4 gives.
 */
import { type Channels, OPENAI_MEAN, OPENAI_STD } from "../checkpoint/configs/image_statistics.ts";
import type { ImageLibrary, ImageResize } from "../checkpoint/state_dict.ts";
import { ClipError } from "../errors.ts";
import { cropPixels } from "./image/crop.ts";
import { decodeImage, releasePixels } from "./image/decode.ts";
import type { CropSize } from "./image/geometry.ts";
import type { PixelImage, RawPixels } from "./image/pixels.ts";
import { checkSize, type ImageLimits } from "./image/reject.ts";

export type { RawPixels } from "./image/pixels.ts";
export type { ImageLimits } from "./image/reject.ts";

/** The limits of Pillow's decompression bomb check, and 64 MiB of encoded file. */
export const DEFAULT_LIMITS: ImageLimits = { maxBytes: 64 * 1024 * 1024, maxPixels: 178_956_970 };

/** Far over any CLIP model's input (the largest published has 448). */
const MAX_SIZE = 4096;

/** How a model wants its pixels. */
export interface ImageTransformOptions {
  /** Side of the model's square input, in pixels. */
  size: number;
  /** How an image becomes that square; default: OpenAI's way. */
  resize?: ImageResize;
  /** Whose pixels they are; default: torchvision's. */
  library?: ImageLibrary;
  mean?: Channels;
  std?: Channels;
  limits?: ImageLimits;
  /** `float32`: normalised; `uint8`: the plain bytes, for graphs that normalise themselves. */
  layout?: "float32" | "uint8";
}

/** Pixels that a client sent, as an image; the mode follows from the channels as in Pillow. */
function fromRaw(raw: RawPixels, limits: ImageLimits): PixelImage {
  const { data, width, height, channels } = raw;
  checkSize(width, height, limits);
  if (data.length !== width * height * channels) {
    throw new ClipError(
      "document",
      `Cannot read the pixels: ${data.length} bytes do not fill a shape of ` +
        `[${height}, ${width}, ${channels}], which takes ${width * height * channels}`,
      { name: "ValueError" },
    );
  }
  const mode = channels === 1 ? "L" : channels === 3 ? "RGB" : "RGBA";
  return { mode, width, height, channels, data };
}

/**
 * The RGB bytes of the crop, just before `ToTensor`.
 *
 * @param image an encoded file, or uint8 pixels
 * @param size side of the crop in pixels, with the way there if it is not OpenAI's
 * @returns interleaved `[size, size, 3]`
 * @throws {ClipError} of kind `document` for an image that cannot be read
 */
export async function cropRgb(
  image: Uint8Array | RawPixels,
  size: CropSize,
  limits: ImageLimits = DEFAULT_LIMITS,
): Promise<Uint8Array> {
  if (!(image instanceof Uint8Array)) return cropPixels(fromRaw(image, limits), size);
  const pixels = await decodeImage(image, limits, size);
  try {
    return cropPixels(pixels, size);
  } finally {
    releasePixels(pixels);
  }
}

/** `(byte / 255 - mean) / std` of each byte, rounded to float32 after each step as torch does. */
function normalisationTable(mean: number, std: number): Float32Array {
  const [mean32, std32] = [Math.fround(mean), Math.fround(std)];
  return Float32Array.from({ length: 256 }, (_, byte) => {
    return Math.fround(Math.fround(byte / 255) - mean32) / std32;
  });
}

/** Preprocesses images for one model. Images may follow each other; buffers are reused per thread. */
export class ImageTransform {
  /** Side of the model's square input, in pixels. */
  readonly size: number;
  /** Element type of the outputs. */
  readonly layout: "float32" | "uint8";
  readonly #limits: ImageLimits;
  readonly #crop: CropSize;
  readonly #tables: readonly (Float32Array | undefined)[];

  /** @throws {ClipError} of kind `config` for a size that is no positive integer */
  constructor(options: ImageTransformOptions) {
    const { size, mean = OPENAI_MEAN, std = OPENAI_STD, layout = "float32" } = options;
    if (!Number.isInteger(size) || size < 1 || size > MAX_SIZE) {
      throw new ClipError(
        "config",
        `Cannot prepare images: 'size' must be a whole number from 1 to ${MAX_SIZE}: received ${size}`,
      );
    }
    this.size = size;
    const { resize, library } = options;
    this.#crop = {
      size,
      ...(resize === undefined ? {} : { resize }),
      ...(library === undefined ? {} : { library }),
    };
    this.layout = layout;
    this.#limits = options.limits ?? DEFAULT_LIMITS;
    this.#tables = [0, 1, 2].map((c) =>
      layout === "uint8" ? undefined : normalisationTable(mean[c]!, std[c]!)
    );
  }

  /** Elements of one image's output: `3 * size * size`. */
  get length(): number {
    return 3 * this.size * this.size;
  }

  /**
   * Writes one image as planar `[3, size, size]`, red first.
   *
   * @param image an encoded file, or uint8 pixels
   * @param out `length` elements, `Float32Array` or `Uint8Array` as `layout` says; may lie in
   * shared memory. Untouched when the image is refused.
   * @throws {ClipError} of kind `document` for an image that cannot be read
   */
  async transformInto(
    image: Uint8Array | RawPixels,
    out: Float32Array | Uint8Array,
  ): Promise<void> {
    const fits = this.layout === "uint8" ? out instanceof Uint8Array : out instanceof Float32Array;
    if (!fits || out.length !== this.length) {
      throw new ClipError(
        "backend",
        `Cannot write an image: the output must be ${this.layout} of ${this.length} elements: ` +
          `received ${out.constructor.name} of ${out.length}`,
      );
    }
    const rgb = await cropRgb(image, this.#crop, this.#limits);
    const plane = this.size * this.size;
    for (let c = 0; c < 3; c++) {
      const table = this.#tables[c];
      const to = c * plane;
      if (table === undefined) {
        for (let i = 0, from = c; i < plane; i++, from += 3) out[to + i] = rgb[from]!;
      } else {
        for (let i = 0, from = c; i < plane; i++, from += 3) out[to + i] = table[rgb[from]!]!;
      }
    }
  }
}
