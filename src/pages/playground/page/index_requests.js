/** Requests to the index of a flow. Pure: no DOM, no network. */

/** @typedef {import("./exchange.js").ImageRef} ImageRef */
/** @typedef {import("./exchange.js").PageImage} PageImage */
/**
 * @template {ImageRef} [I=PageImage]
 * @typedef {import("./exchange.js").ApiRequest<I>} ApiRequest
 */

/**
 * What is looked for: by words, by a picture, or by a document that is there.
 * @template {ImageRef} [I=PageImage]
 * @typedef {{ text: string } | { image: I } | { id: string, embedding?: number[] }} Query
 */

/**
 * A picture that is to be kept.
 * @template {ImageRef} [I=PageImage]
 * @typedef {object} KeptPicture
 * @property {string} id
 * @property {I} image
 * @property {string} [uri] a small picture of it, as a data: URI
 * @property {Record<string, string | number>} tags
 */

/**
 * Keeps pictures. The pictures themselves are embedded and then dropped.
 * @template {ImageRef} I
 * @param {KeptPicture<I>[]} pictures
 * @param {Record<string, unknown>} parameters those that choose the executor
 * @returns {ApiRequest<I>}
 */
export function indexRequest(pictures, parameters) {
  return {
    path: "/index",
    items: pictures,
    parameters: { drop_image_content: true, on_error: "skip", ...parameters },
  };
}

/**
 * Looks for what is nearest.
 * @template {ImageRef} I
 * @param {Query<I>} query
 * @param {{ limit: number, filter: object | undefined }} options
 * @param {Record<string, unknown>} parameters
 * @returns {ApiRequest<I>}
 */
export function searchRequest(query, { limit, filter }, parameters) {
  return {
    path: "/search",
    items: [query],
    parameters: {
      limit,
      ...(filter ? { filter } : {}),
      ...("image" in query ? { drop_image_content: true } : {}),
      ...("id" in query ? { exclude_self: true } : {}),
      ...parameters,
    },
  };
}

/**
 * Documents without a query: those that a filter takes from the first on, or else the newest.
 * @param {{ limit: number, filter: object | undefined, documents: number }} options
 * @param {Record<string, unknown>} parameters
 * @returns {ApiRequest}
 */
export function listRequest({ limit, filter, documents }, parameters) {
  // They come in the order in which they were written.
  const offset = filter ? 0 : Math.max(0, documents - limit);
  return {
    path: "/filter",
    items: [],
    parameters: {
      limit,
      ...(offset > 0 ? { offset } : {}),
      ...(filter ? { filter } : {}),
      ...parameters,
    },
  };
}

/**
 * @param {string} id
 * @param {Record<string, unknown>} parameters
 * @returns {ApiRequest}
 */
export function deleteRequest(id, parameters) {
  return { path: "/delete", items: [{ id }], parameters };
}

/**
 * @param {Record<string, unknown>} parameters
 * @returns {ApiRequest}
 */
export function clearRequest(parameters) {
  return { path: "/clear", items: [], parameters };
}
