/** Small pictures, made in the browser. */

/** Pixels of the longer side: sharp in a grid, about 10 kB. */
const SIDE = 256;
const QUALITY = 0.75;

/**
 * @typedef {object} Thumbnail
 * @property {string} uri a data: URI
 * @property {number} width of the picture itself, in pixels
 * @property {number} height
 */

/**
 * A small picture of a picture; undefined if the browser cannot read the format. The server may.
 * @param {Blob} picture
 * @returns {Promise<Thumbnail | undefined>}
 */
export async function thumbnailOf(picture) {
  /** @type {ImageBitmap} */
  let bitmap;
  try {
    bitmap = await createImageBitmap(picture);
  } catch {
    return undefined;
  }
  const { width, height } = bitmap;
  const scale = Math.min(1, SIDE / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d");
  if (context) context.imageSmoothingQuality = "high";
  context?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return { uri: encoded(canvas), width, height };
}

/** @param {HTMLCanvasElement} canvas */
function encoded(canvas) {
  const webp = canvas.toDataURL("image/webp", QUALITY);
  // A browser that does not write WebP gives PNG, which is large for photographs.
  return webp.startsWith("data:image/webp") ? webp : canvas.toDataURL("image/jpeg", QUALITY);
}
