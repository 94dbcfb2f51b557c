/** The errors of the image transform: one sentence for the person who sent the file. */
import { ClipError } from "../../errors.ts";

/** What the caller lets an image be. */
export interface ImageLimits {
  /** Most bytes of an encoded file. */
  maxBytes: number;
  /** Most pixels, width times height, of the decoded image. */
  maxPixels: number;
  /** Most bytes that its decoder may take, about; without it there is no such bound. */
  maxDecodeBytes?: number;
  /** Longest time that its decoder may take, milliseconds; without it there is no such bound. */
  timeoutMs?: number;
}

/** The bytes are no image, or one in a format that is not read (Pillow's name for it). */
export function unidentified(reason: string): ClipError {
  return new ClipError("document", `Cannot identify the image file: ${reason}`, {
    name: "UnidentifiedImageError",
  });
}

/** The file is an image, but is damaged or of an unsupported kind (Pillow raises `OSError`). */
export function unreadable(reason: string): ClipError {
  return new ClipError("document", `Cannot read the image file: ${reason}`, { name: "OSError" });
}

/** Decoding it would take more memory than it may. */
export function tooCostly(width: number, height: number, bytes: number, limit: number): ClipError {
  return new ClipError(
    "document",
    `Cannot read the image file: to decode its ${width} x ${height} pixels takes some ${bytes} ` +
      `bytes, more than ${limit}; send a smaller image or a JPEG, or raise \`max_decode_bytes\``,
    { name: "DecompressionBombError" },
  );
}

/** The decoder was not done in time. */
export function tookTooLong(ms: number): ClipError {
  return new ClipError(
    "document",
    `Cannot read the image file: it takes longer than ${ms} ms to decode; send a smaller image, ` +
      "or raise `image_timeout_ms`",
    { name: "ImageTimeoutError" },
  );
}

/**
 * Refuses an image by its header, before anything is decoded.
 *
 * @throws {ClipError} `DecompressionBombError` over `maxPixels`; `UnidentifiedImageError` for an
 * empty image
 */
export function checkSize(width: number, height: number, limits: ImageLimits): void {
  if (width <= 0 || height <= 0) {
    throw unidentified(`its header states a size of ${width} x ${height} pixels`);
  }
  const pixels = width * height;
  if (pixels > limits.maxPixels) {
    throw new ClipError(
      "document",
      `Cannot read the image file: ${width} x ${height} pixels is over the limit of ` +
        `${limits.maxPixels} pixels (decompression bomb); send a smaller image, or raise \`max_pixels\``,
      { name: "DecompressionBombError" },
    );
  }
}
