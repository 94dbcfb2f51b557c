/** Requests as this page thinks of them, and JSON as it shows it. Pure: no DOM, no network. */

/**
 * An image, as far as a request is concerned.
 * @typedef {object} ImageRef
 * @property {string} name unique in the page; the document's id
 * @property {string | null} url where anybody can get it; null for a file of the visitor's
 */
/** One that can be sent. @typedef {ImageRef & { blob: () => Promise<Blob> }} PageImage */
/**
 * @template {ImageRef} [I=PageImage]
 * @typedef {{ text: string } | { image: I }} Content
 */
/**
 * A document of an index, or what is asked of one: a content, or an id alone.
 * @typedef {object} Reference
 * @property {string} id
 * @property {number[]} [embedding]
 */
/**
 * What a picture is kept with.
 * @typedef {object} Kept
 * @property {string} [id] without one, the image's name
 * @property {string} [uri]
 * @property {Record<string, string | number>} [tags]
 */
/**
 * @template {ImageRef} [I=PageImage]
 * @typedef {(Content<I> | Reference) & Kept & { matches?: Content<I>[] }} Item
 */
/**
 * A request of this page: of images that can be sent, or, to be shown, of any.
 * @template {ImageRef} [I=PageImage]
 * @typedef {object} ApiRequest
 * @property {"/post" | "/rank" | "/index" | "/search" | "/filter" | "/delete" | "/clear"} path
 * @property {Item<I>[]} items
 * @property {Record<string, unknown>} parameters
 */

/** Numbers shown of a list before it is cut. */
const SHOWN_NUMBERS = 4;
/** Characters shown of a string without a space that is longer, such as an image in base64. */
const SHOWN_CHARACTERS = 24;
const LONG_WORD = 160;
/** Characters shown of any other string. */
const LONG_TEXT = 1000;
/** Width at which an object no longer goes on one line. */
const LINE = 62;

/**
 * The JSON body of a request, as a program sends it.
 * @template B
 * @param {ApiRequest<ImageRef>} request
 * @param {(image: ImageRef) => B} blobOf the image's bytes in base64, or what stands for them
 */
export function wireBody({ path, items, parameters }, blobOf) {
  /** @param {(Content<ImageRef> | Reference) & Kept} item */
  const document = (item) => {
    if ("text" in item) return { text: item.text };
    if (!("image" in item)) return item;
    const { image, ...kept } = item;
    return { id: image.name, ...kept, blob: blobOf(image) };
  };
  const data = items.map(({ matches, ...item }) => ({
    ...document(/** @type {Item<ImageRef>} */ (item)),
    ...(matches ? { matches: matches.map(document) } : {}),
  }));
  return {
    ...(data.length > 0 ? { data } : {}),
    ...(path === "/post" ? { execEndpoint: "/" } : {}),
    ...(Object.keys(parameters).length > 0 ? { parameters } : {}),
  };
}

/**
 * JSON for reading: embeddings and images cut, fields that are null left out, small things on one
 * line.
 * @param {unknown} value
 * @param {string} [indent]
 * @returns {string}
 */
export function readable(value, indent = "") {
  if (typeof value === "string") return JSON.stringify(cut(value));
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  const inner = indent + "  ";
  if (Array.isArray(value)) {
    if (value.length > SHOWN_NUMBERS && value.every((v) => typeof v === "number")) {
      const shown = value.slice(0, SHOWN_NUMBERS).map((v) => Number(v.toFixed(4)));
      return `[${shown.join(", ")}, … ${value.length - SHOWN_NUMBERS} more]`;
    }
    return wrapped("[", value.map((v) => readable(v, inner)), "]", indent);
  }
  const fields = Object.entries(value)
    .filter(([, v]) => v !== null && v !== undefined)
    .map(([key, v]) => `${JSON.stringify(key)}: ${readable(v, inner)}`);
  return wrapped("{", fields, "}", indent);
}

/**
 * @param {string} open
 * @param {string[]} parts
 * @param {string} close
 * @param {string} indent
 */
function wrapped(open, parts, close, indent) {
  const space = open === "{" && parts.length > 0 ? " " : "";
  const line = `${open}${space}${parts.join(", ")}${space}${close}`;
  if (line.length + indent.length <= LINE && !line.includes("\n")) return line;
  const inner = `${indent}  `;
  return `${open}\n${parts.map((part) => inner + part).join(",\n")}\n${indent}${close}`;
}

/** @param {string} text */
function cut(text) {
  const prose = text.includes(" ");
  if (text.length <= (prose ? LONG_TEXT : LONG_WORD)) return text;
  const shown = prose ? LONG_TEXT : SHOWN_CHARACTERS;
  return `${text.slice(0, shown)}… ${text.length - shown} more`;
}

/**
 * A number of bytes for reading.
 * @param {number} bytes
 */
export function readableBytes(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
