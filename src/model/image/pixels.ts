/** What passes between the header readers, the decoders and the resampler. */

/** Decoded pixels as a client sent them: uint8, row-major, interleaved `[height, width, channels]`. */
export interface RawPixels {
  data: Uint8Array;
  width: number;
  height: number;
  /** 1: gray, 3: RGB, 4: RGB and straight alpha. */
  channels: 1 | 3 | 4;
}

/**
 * How an image is resized and turned into RGB; the cases are Pillow's image modes.
 *
 * - `nearest`: palette or bilevel images, as indices with their palette or already expanded to gray
 *   or RGB. Pillow resizes the indices with its NEAREST filter, which commutes with the look-up.
 * - `L`, `RGB`: bicubic on each channel.
 * - `RGBA`: bicubic on premultiplied colours; also gray with alpha, the gray repeated three times.
 * - `CMYK`: bicubic on the four inks (255 = full ink), then the naive conversion.
 * - `I`: one integer a pixel, bicubic in floating point, clipped to 0..255 at the end.
 * - `I;16`: 16-bit gray that Pillow can crop but not resize.
 */
export type PixelMode = "nearest" | "L" | "RGB" | "RGBA" | "CMYK" | "I" | "I;16";

/** A part of an image, in pixels. */
export interface PixelWindow {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A decoded image, or the part of it that a crop needs: row-major, interleaved, no padding. */
export interface PixelImage {
  mode: PixelMode;
  /** Size of the whole image, in pixels. */
  width: number;
  height: number;
  /** The part that `data` holds; absent: all of it. */
  window?: PixelWindow;
  /**
   * The size before a TIFF file was turned upright. Pillow turns it while it resizes, after the
   * new size was computed from the unturned one; so its aspect ratio changes, and ours with it.
   */
  unturned?: { width: number; height: number };
  /** Samples a pixel in `data`: 1 (`L`, `I`, `I;16`), 3 (`RGB`), 4 (`RGBA`, `CMYK`); `nearest` 1 or 3. */
  channels: 1 | 3 | 4;
  data: Uint8Array | Uint16Array | Int32Array;
  /** RGB triples that `data` (one channel, mode `nearest`) points to. */
  palette?: Uint8Array;
  /** RGB triples that the file's indices pointed to, where `data` is their colours already. */
  filePalette?: Uint8Array;
}

/** What the decoder has to know of a file beside its bytes. */
export interface ImageHeader {
  width: number;
  height: number;
  /** `undefined`: RGB or RGBA, as the decoder finds an alpha channel or none. */
  mode?: PixelMode;
  /** The decoder may find alpha that Pillow ignores, such as a transparent colour. */
  dropsAlpha?: boolean;
  /** TIFF orientation, 1 to 8: Pillow turns TIFF files (and no others) when it loads them. */
  orientation?: number;
  /** How many planes of 8-bit samples, in tiles, are to be decoded one by one. */
  planes?: number;
  /** RGB triples of a file of indices. */
  palette?: Uint8Array;
  /** A JPEG file in several passes over the picture. */
  progressive?: boolean;
}
