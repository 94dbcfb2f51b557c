/** Pillow's conversions between modes, pixel for pixel (`src/libImaging/Convert.c`). */
import type { PixelMode } from "./pixels.ts";

/** `a * b / 255`, rounded, as Pillow's `MULDIV255`. */
function mulDiv255(a: number, b: number): number {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

/** Multiplies colours by alpha in place (`rgba2rgbA`). */
export function premultiply(data: Uint8Array): void {
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3]!;
    if (alpha === 255) continue;
    data[i] = mulDiv255(data[i]!, alpha);
    data[i + 1] = mulDiv255(data[i + 1]!, alpha);
    data[i + 2] = mulDiv255(data[i + 2]!, alpha);
  }
}

/** Divides colours by alpha in place, truncated and clipped (`rgbA2rgba`). */
export function unpremultiply(data: Uint8Array): void {
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3]!;
    if (alpha === 255 || alpha === 0) continue;
    data[i] = Math.min(255, Math.trunc((255 * data[i]!) / alpha));
    data[i + 1] = Math.min(255, Math.trunc((255 * data[i + 1]!) / alpha));
    data[i + 2] = Math.min(255, Math.trunc((255 * data[i + 2]!) / alpha));
  }
}

/**
 * Interleaved RGB of a crop. Alpha is dropped without a background, CMYK is converted naively
 * (`cmyk2rgb`), integers are clipped to 0..255.
 */
export function toRgb(
  data: Uint8Array | Uint16Array | Int32Array,
  channels: number,
  mode: PixelMode,
): Uint8Array {
  if (channels === 3 && data instanceof Uint8Array) return data;
  const pixels = data.length / channels;
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0, to = 0, from = 0; i < pixels; i++, to += 3, from += channels) {
    if (channels === 1) {
      const gray = Math.max(0, Math.min(255, data[from]!));
      rgb[to] = rgb[to + 1] = rgb[to + 2] = gray;
    } else if (mode === "CMYK") {
      const light = 255 - data[from + 3]!;
      for (let c = 0; c < 3; c++) {
        rgb[to + c] = Math.max(0, light - mulDiv255(data[from + c]!, light));
      }
    } else {
      rgb[to] = data[from]!;
      rgb[to + 1] = data[from + 1]!;
      rgb[to + 2] = data[from + 2]!;
    }
  }
  return rgb;
}

/** RGB of palette indices; an entry that the palette lacks is the gray of its index, as in Pillow. */
export function lookUp(indices: Uint8Array, palette: Uint8Array): Uint8Array {
  const table = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
  table.set(palette.subarray(0, 768));
  const rgb = new Uint8Array(indices.length * 3);
  for (let i = 0, to = 0; i < indices.length; i++, to += 3) {
    const at = indices[i]! * 3;
    rgb[to] = table[at]!;
    rgb[to + 1] = table[at + 1]!;
    rgb[to + 2] = table[at + 2]!;
  }
  return rgb;
}
