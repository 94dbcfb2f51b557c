/** Where CLIP's `Resize` and `CenterCrop` put the crop, and what of the image it needs. */
import { coefficients } from "./coefficients.ts";
import type { PixelWindow } from "./pixels.ts";

/** The resized image's size and the crop's place in it, in pixels. */
export interface CropGeometry {
  /** Width and height after the resize. */
  width: number;
  height: number;
  left: number;
  top: number;
  /** Side of the square crop. */
  size: number;
}

/** Python's `round`: to the nearest integer, halves to the even one. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * The geometry of `torchvision.transforms.Resize(size)` followed by `CenterCrop(size)`: the shorter
 * side becomes `size`, the longer one is truncated, the crop's offset rounds half to even.
 */
export function cropGeometry(width: number, height: number, size: number): CropGeometry {
  const short = Math.min(width, height);
  const long = Math.trunc((size * Math.max(width, height)) / short);
  const newWidth = width <= height ? size : long;
  const newHeight = width <= height ? long : size;
  return {
    width: newWidth,
    height: newHeight,
    left: roundHalfEven((newWidth - size) / 2),
    top: roundHalfEven((newHeight - size) / 2),
    size,
  };
}

/**
 * The part of an image that the crop reads. The rows below it are kept: decoding them is how a
 * truncated file is found out, as Pillow does.
 */
export function cropWindow(width: number, height: number, size: number): PixelWindow {
  const geometry = cropGeometry(width, height, size);
  const across = coefficients(width, geometry.width, geometry.left, size);
  const down = coefficients(height, geometry.height, geometry.top, size);
  return {
    left: across.first,
    top: down.first,
    width: across.last - across.first,
    height: height - down.first,
  };
}
