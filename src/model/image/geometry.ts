/** Where CLIP's `Resize` and `CenterCrop` put the crop. */

/** The resized image's size and the crop's place in it, in pixels. */
export interface CropGeometry {
  /** Width and height after the resize. */
  width: number;
  height: number;
  left: number;
  top: number;
  /** Side of the square crop. */
  size: number;
  /** False when the image has the right size already: then no filter touches it. */
  resizes: boolean;
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
    resizes: newWidth !== width || newHeight !== height,
  };
}
