/** How a document of an index is shown, whoever put it there. Pure: no DOM, no network. */

/** @typedef {import("./calls.js").ResultDocument} ResultDocument */

/**
 * @typedef {object} Face
 * @property {string} title one line; never empty
 * @property {string} [src] a picture that may be drawn: nothing of it is fetched from elsewhere
 * @property {string} [link] an address that the visitor may follow
 * @property {string} [text] what to show in the place of a picture
 */

/** How files of pictures begin. @type {[start: number[], type: string][]} */
const STARTS = [
  [[0x89, 0x50, 0x4e, 0x47], "image/png"],
  [[0xff, 0xd8, 0xff], "image/jpeg"],
  [[0x47, 0x49, 0x46, 0x38], "image/gif"],
  [[0x52, 0x49, 0x46, 0x46], "image/webp"],
  [[0x42, 0x4d], "image/bmp"],
];
/** Characters that are made at once. */
const PIECE = 0x6000;
/** What was made of bytes: a document is drawn more than once. @type {WeakMap<Uint8Array, string>} */
const DATA_URIS = new WeakMap();

/**
 * What to show of a document.
 * @param {ResultDocument} document
 * @param {string} samples where the page's own samples are: all that is drawn from an address
 * @returns {Face}
 */
export function faceOf({ id, uri, text, blob, tags }, samples) {
  const address = textOf(uri);
  const words = textOf(text);
  const data = address?.startsWith("data:") ?? false;
  const title = textOf(tags?.["caption"]) ?? textOf(tags?.["name"]) ?? words ??
    (data ? undefined : lastPart(address)) ?? id;
  const link = address !== undefined && /^https?:\/\//i.test(address)
    ? URL.parse(address)?.href
    : undefined;
  const src = data
    ? (/^data:image\//i.test(address ?? "") ? address : undefined)
    : link?.startsWith(samples)
    ? link
    : pictureOf(blob);
  return {
    title,
    ...(src ? { src } : {}),
    ...(link ? { link } : {}),
    ...(src ? {} : { text: words ?? (data ? undefined : address) ?? title }),
  };
}

/**
 * What is known of a document, as pairs to be shown.
 * @param {ResultDocument} document
 * @returns {[name: string, value: string][]}
 */
export function detailsOf({ id, uri, text, tags }) {
  const address = textOf(uri);
  const words = textOf(text);
  return [
    ["id", id],
    ...Object.entries(tags ?? {}).map(([name, value]) => /** @type {[string, string]} */ ([
      name,
      typeof value === "string" ? value : JSON.stringify(value) ?? "",
    ])),
    .../** @type {[string, string][]} */ (words ? [["text", words]] : []),
    .../** @type {[string, string][]} */ (address && !address.startsWith("data:")
      ? [["uri", address]]
      : []),
  ];
}

/**
 * A match's distance under the metric's name.
 * @param {ResultDocument} document
 * @returns {{ metric: string, distance: number } | undefined} undefined for what was not searched
 */
export function distanceOf({ scores }) {
  const [first] = Object.entries(scores ?? {});
  return first && { metric: first[0], distance: first[1].value };
}

/**
 * The figure that people know a metric by, where it is not the distance: it grows with likeness.
 * @param {string} metric
 * @param {number} distance
 * @returns {{ name: string, value: number } | undefined}
 */
export function likeness(metric, distance) {
  if (metric === "cosine") return { name: "similarity", value: 1 - distance };
  if (metric === "inner_product") return { name: "inner product", value: 1 - distance };
  return undefined;
}

/** @param {unknown} value */
function textOf(value) {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** @param {Uint8Array | undefined} bytes */
function pictureOf(bytes) {
  const type = bytes && STARTS.find(([start]) => start.every((byte, i) => bytes[i] === byte))?.[1];
  return type ? dataUri(bytes, type) : undefined;
}

/**
 * @param {Uint8Array} bytes
 * @param {string} type
 */
function dataUri(bytes, type) {
  const made = DATA_URIS.get(bytes);
  if (made !== undefined) return made;
  let text = `data:${type};base64,`;
  for (let at = 0; at < bytes.length; at += PIECE) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE)));
  }
  DATA_URIS.set(bytes, text);
  return text;
}

/** @param {string | undefined} address */
function lastPart(address) {
  return address?.split(/[?#]/)[0]?.split(/[\\/]/).filter(Boolean).at(-1);
}
