/** What a string is taken for: a text, or what names an image. */

/** Endings of image files, as Python's `mimetypes` has them, which `clip_client` asks. */
const IMAGE_ENDINGS: ReadonlySet<string> = new Set(
  ("avif bmp gif heic heif ico ief jpe jpeg jpg pbm pgm png pnm ppm ras rgb svg svgz tif tiff " +
    "webp xbm xpm xwd").split(" "),
);
const MAX_ENDING = 5;
/** Characters of a `data:` URI in which its media type stands. */
const MAX_HEAD = 256;

/**
 * Whether a string stands for an image: a path or URL with the ending of an image file, or a
 * `data:` URI of an image. All else is a text. (clip_client 0.8.3, `Client._iter_doc`; the query of
 * a URL is looked past, where Python's before 3.13 did not.)
 */
export function namesImage(text: string): boolean {
  if (isDataUri(text)) return /^data:image\/[^,;]*[,;]/i.test(text.slice(0, MAX_HEAD));
  const path = isWebUrl(text) ? text.replace(/[?#].*$/s, "") : text;
  const dot = path.lastIndexOf(".");
  if (dot <= 0 || path.length - dot - 1 > MAX_ENDING) return false;
  const before = path.charCodeAt(dot - 1);
  // `.png` alone, or at the beginning of a name, is no ending.
  if (before === SLASH || before === BACKSLASH) return false;
  return IMAGE_ENDINGS.has(path.slice(dot + 1).toLowerCase());
}

const SLASH = 0x2f;
const BACKSLASH = 0x5c;

/** Whether it begins as a `data:` URI. */
export function isDataUri(text: string): boolean {
  return /^data:/i.test(text);
}

/** Whether it begins as a URL of the web. */
export function isWebUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}
