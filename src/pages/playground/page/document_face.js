/** How a document of an index is shown, whoever put it there. Pure: no DOM, no network. */

/**
 * A document as the server gives it. Other clients may have put anything into it.
 * @typedef {object} IndexedDocument
 * @property {string} id
 * @property {unknown} [uri]
 * @property {unknown} [text]
 * @property {unknown} [blob] base64
 * @property {unknown} [embedding]
 * @property {Record<string, unknown> | null} [tags]
 * @property {Record<string, { value?: number | null }> | null} [scores]
 */

/**
 * @typedef {object} Face
 * @property {string} title one line; never empty
 * @property {string} [src] a picture that may be drawn: nothing of it is fetched from elsewhere
 * @property {string} [link] an address that the visitor may follow
 * @property {string} [text] what to show in the place of a picture
 */

/** How files of pictures begin, in base64. @type {[start: string, type: string][]} */
const STARTS = [
  ["iVBORw0KGgo", "image/png"],
  ["/9j/", "image/jpeg"],
  ["R0lGOD", "image/gif"],
  ["UklGR", "image/webp"],
  ["Qk", "image/bmp"],
];

/**
 * What to show of a document.
 * @param {IndexedDocument} document
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
    : pictureOf(textOf(blob));
  return {
    title,
    ...(src ? { src } : {}),
    ...(link ? { link } : {}),
    ...(src ? {} : { text: words ?? (data ? undefined : address) ?? title }),
  };
}

/**
 * What is known of a document, as pairs to be shown.
 * @param {IndexedDocument} document
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
 * A match's distance under the metric's name. Servers of JSON leave a zero out.
 * @param {IndexedDocument} document
 * @returns {{ metric: string, distance: number } | undefined} undefined for what was not searched
 */
export function distanceOf({ scores }) {
  const [first] = Object.entries(scores ?? {});
  return first && { metric: first[0], distance: first[1]?.value ?? 0 };
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

/** @param {string | undefined} blob */
function pictureOf(blob) {
  const type = blob && STARTS.find(([start]) => blob.startsWith(start))?.[1];
  return type ? `data:${type};base64,${blob}` : undefined;
}

/** @param {string | undefined} address */
function lastPart(address) {
  return address?.split(/[?#]/)[0]?.split(/[\\/]/).filter(Boolean).at(-1);
}
