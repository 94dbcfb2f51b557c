/** Pixels as arrays of the wire. */
import type { NdArray } from "../../src/dialects/jina/document/document.ts";
import type { Pixels } from "../document.ts";
import { ClipClientError } from "../errors.ts";

/**
 * The array `[height, width, 3]` of bytes; grey ones are `[height, width]`. Alpha is left out.
 * @throws {ClipClientError} content: the numbers do not fit each other.
 */
export function pixelsToNdArray({ data, width, height, channels }: Pixels): NdArray {
  const count = width * height;
  const each = channels ?? data.length / count;
  const fits = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0 &&
    (each === 1 || each === 3 || each === 4) && data.length === count * each;
  if (!fits) {
    throw new ClipClientError(
      "content",
      `Cannot take the pixels: ${data.length} bytes are no ${width} × ${height} pixels of ` +
        `${channels ?? "1, 3 or 4"} channels`,
    );
  }
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return {
    buffer: each === 4 ? withoutAlpha(bytes, count) : bytes,
    shape: each === 1 ? [height, width] : [height, width, 3],
    dtype: "|u1",
    clsName: "numpy",
  };
}

function withoutAlpha(rgba: Uint8Array, count: number): Uint8Array {
  const rgb = new Uint8Array(count * 3);
  for (let i = 0, from = 0, to = 0; i < count; i++, from++) {
    rgb[to++] = rgba[from++]!;
    rgb[to++] = rgba[from++]!;
    rgb[to++] = rgba[from++]!;
  }
  return rgb;
}
