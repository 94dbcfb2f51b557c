/** Run-length decoding of BMP files, with the very steps of Pillow 9.4's `BmpRleDecoder`. */
import { unreadable } from "./reject.ts";

/**
 * Decodes RLE8 or RLE4 pixel data to one index a byte, top row first.
 *
 * Skipped pixels get index 0. A run is cut at the row's end, and the column counter goes back to 0
 * only at an end-of-line mark, as in Pillow.
 *
 * @throws {ClipError} when the data ends before the image is full
 */
export function decodeBmpRle(
  bytes: Uint8Array,
  from: number,
  width: number,
  height: number,
  rle4: boolean,
  bottomUp: boolean,
): Uint8Array {
  const total = width * height;
  const stored = new Uint8Array(total);
  let length = 0;
  let x = 0;
  let at = from;
  const push = (value: number): void => {
    if (length < total) stored[length] = value;
    length++;
  };
  while (length < total && at + 1 < bytes.length) {
    const count = bytes[at++]!;
    const value = bytes[at++]!;
    if (count > 0) {
      const run = x + count > width ? Math.max(0, width - x) : count;
      for (let i = 0; i < run; i++) {
        push(!rle4 ? value : i % 2 === 0 ? value >> 4 : value & 15);
      }
      x += run;
    } else if (value === 0) {
      length = Math.ceil(length / width) * width;
      x = 0;
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      // Pillow reads the two bytes of the move twice over, so it takes those that follow.
      if (at + 3 >= bytes.length) break;
      at += 2;
      length += bytes[at]! + bytes[at + 1]! * width;
      at += 2;
      x = length % width;
    } else {
      const size = rle4 ? value >> 1 : value;
      const end = Math.min(at + size, bytes.length);
      const complete = at + size <= bytes.length;
      for (; at < end; at++) {
        if (rle4) push(bytes[at]! >> 4);
        push(rle4 ? bytes[at]! & 15 : bytes[at]!);
      }
      if (!complete) break;
      x += value;
      if (at % 2 !== 0) at++;
    }
  }
  if (length < total) throw unreadable("the BMP file has not enough run-length data");
  if (!bottomUp) return stored;
  const indices = new Uint8Array(total);
  for (let y = 0; y < height; y++) {
    indices.set(stored.subarray(y * width, (y + 1) * width), (height - 1 - y) * width);
  }
  return indices;
}
