/** Items of this page's requests, as the client library takes them. Pure: no DOM, no network. */

/** @typedef {import("./clip_client.js").ClipDocument} ClipDocument */
/** @typedef {import("./exchange.js").Item} Item */
/** One that is not ranked. @typedef {Item & { matches?: never }} Single */

/**
 * The documents of a request's items.
 * @param {Item[]} items
 * @returns {Promise<ClipDocument[]>}
 * @throws what reading an image throws
 */
export function contentsOf(items) {
  return Promise.all(items.map(async ({ matches, ...item }) => ({
    ...await documentOf(/** @type {Single} */ (item)),
    ...(matches ? { matches: await Promise.all(matches.map(documentOf)) } : {}),
  })));
}

/**
 * @param {Single} item
 * @returns {Promise<ClipDocument>}
 */
async function documentOf(item) {
  if ("text" in item) return { text: item.text };
  if ("image" in item) {
    const { image, ...kept } = item;
    return { id: image.name, ...kept, blob: await image.blob() };
  }
  const { id, embedding } = item;
  return { id, ...(embedding ? { embedding: Float32Array.from(embedding) } : {}) };
}
