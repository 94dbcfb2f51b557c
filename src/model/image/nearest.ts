/** Pillow's NEAREST resize: for palette and bilevel images, and where a model wants it for all. */
import type { CropGeometry } from "./geometry.ts";
import type { PixelImage } from "./pixels.ts";

/**
 * Input positions for the outputs `[from, from + count)`.
 *
 * Pillow (`ImagingScaleAffine`) walks the axis by adding the scale to a double, so its rounding
 * errors gather; a multiplication would pick other pixels now and then.
 */
export function nearestPositions(
  inSize: number,
  outSize: number,
  from: number,
  count: number,
): Int32Array {
  const scale = inSize / outSize;
  const positions = new Int32Array(count);
  let at = scale * 0.5;
  for (let i = 0; i < from + count; i++) {
    // The walk may end a hair past the edge; Pillow leaves such pixels black, which no size that an
    // image can have was seen to reach: clamped, so that a read never leaves the image.
    if (i >= from) positions[i - from] = Math.min(Math.trunc(at), inSize - 1);
    at += scale;
  }
  return positions;
}

/** The crop of an image, in its own channels: `[rows, columns, channels]`. */
export function nearestCrop(image: PixelImage, geometry: CropGeometry): Uint8Array | Int32Array {
  const { data, channels } = image;
  const { left, top, width } = image.window ?? { left: 0, top: 0, width: image.width };
  const columns = nearestPositions(image.width, geometry.width, geometry.left, geometry.columns);
  const rows = nearestPositions(image.height, geometry.height, geometry.top, geometry.rows);
  const length = rows.length * columns.length * channels;
  const crop = data instanceof Uint8Array ? new Uint8Array(length) : new Int32Array(length);
  let to = 0;
  for (let y = 0; y < rows.length; y++) {
    const line = (rows[y]! - top) * width - left;
    for (let x = 0; x < columns.length; x++) {
      let at = (line + columns[x]!) * channels;
      for (let c = 0; c < channels; c++) crop[to++] = data[at++]!;
    }
  }
  return crop;
}
