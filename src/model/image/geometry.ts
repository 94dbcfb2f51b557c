/** Where CLIP's `Resize` and `CenterCrop` put the crop, and what of the image it needs. */
import type { ImageLibrary, ImageResize, ResizeFilter } from "../../checkpoint/state_dict.ts";
import { coefficients } from "./coefficients.ts";
import type { PixelWindow } from "./pixels.ts";

/** The resized image's size and the crop's place in it, in pixels. */
export interface CropGeometry {
  /** Width and height after the resize. */
  width: number;
  height: number;
  left: number;
  top: number;
  /** Size of the crop: the model's square, or less where the resized image is smaller. */
  columns: number;
  rows: number;
  filter: ResizeFilter;
}

/** The side of the model's square input in pixels, and how an image gets there. */
export interface CropRule {
  size: number;
  /** Absent: `Resize(size, BICUBIC)`. */
  resize?: ImageResize;
  /** Whose pixels they are; absent: torchvision's. */
  library?: ImageLibrary;
}

/** A rule, or the side alone: OpenAI's `Resize(size, BICUBIC)` and `CenterCrop(size)` then. */
export type CropSize = number | CropRule;

/** The rule in full. */
export function cropRule(crop: CropSize): Required<CropRule> {
  const { size, resize, library } = typeof crop === "number"
    ? { size: crop, resize: undefined, library: undefined }
    : crop;
  return {
    size,
    resize: resize ?? { to: { shortest: size }, filter: "bicubic", fill: 0 },
    library: library ?? "torchvision",
  };
}

/**
 * Where a crop begins, or (negative) how much is put before an image that is smaller: torchvision
 * rounds half a pixel of the one to even and the other up to zero, transformers rounds both down.
 */
export function cropOffset(length: number, size: number, library: ImageLibrary): number {
  const middle = (length - size) / 2;
  if (library === "transformers") return Math.floor(middle);
  return middle < 0 ? Math.ceil(middle) : roundHalfEven(middle);
}

/** Python's `round`: to the nearest integer, halves to the even one. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The size after the resize. */
function resized(width: number, height: number, to: ImageResize["to"]): [number, number] {
  if (to === null) return [width, height];
  if ("width" in to) return [to.width, to.height];
  const [short, long] = [Math.min(width, height), Math.max(width, height)];
  // torchvision truncates the longer side; OpenCLIP's `ResizeKeepRatio` rounds the shorter one.
  const [newShort, newLong] = "shortest" in to
    ? [to.shortest, Math.trunc((to.shortest * long) / short)]
    : [Math.max(1, roundHalfEven(short / (long / to.longest))), to.longest];
  return width <= height ? [newShort, newLong] : [newLong, newShort];
}

/**
 * The geometry of a resize followed by `CenterCrop(size)`. With a plain size that of `Resize(size)`: the shorter side becomes `size`, the longer one is
 * truncated.
 */
export function cropGeometry(width: number, height: number, crop: CropSize): CropGeometry {
  const { size, resize, library } = cropRule(crop);
  const [newWidth, newHeight] = resized(width, height, resize.to);
  return {
    width: newWidth,
    height: newHeight,
    left: Math.max(0, cropOffset(newWidth, size, library)),
    top: Math.max(0, cropOffset(newHeight, size, library)),
    columns: Math.min(size, newWidth),
    rows: Math.min(size, newHeight),
    filter: resize.filter,
  };
}

/**
 * The part of an image that the crop reads. The rows below it are kept: decoding them is how a
 * truncated file is found out, as Pillow does.
 */
export function cropWindow(width: number, height: number, size: CropSize): PixelWindow {
  const geometry = cropGeometry(width, height, size);
  // Nearest picks from within what a box would average, up to its rounding.
  const filter = geometry.filter === "nearest" ? "bilinear" : geometry.filter;
  const across = coefficients(width, geometry.width, geometry.left, geometry.columns, filter);
  const down = coefficients(height, geometry.height, geometry.top, geometry.rows, filter);
  return {
    left: across.first,
    top: down.first,
    width: across.last - across.first,
    height: height - down.first,
  };
}
