/** A picture of the visitor's as a document of the index. */
import { tagsOf } from "./picture_tags.js";
import { contentId } from "./sha256.js";
import { thumbnailOf } from "./thumbnail.js";

/** @typedef {import("./folder.js").Source} Source */

/**
 * A picture that is ready to be sent, or the reason why it will not be. Its bytes are read once more
 * when it is sent: a file can be as large as it is and need no memory until then.
 * @typedef {object} Prepared
 * @property {Source} source
 * @property {import("./index_requests.js").KeptPicture} picture
 * @property {number} bytes
 * @property {string} failure "" if there is none
 * @property {boolean} settled whether it has been answered or counted
 */

/** Larger files are not pictures that anybody means to embed, and would stall the page. */
const MAX_FILE_BYTES = 64 * 2 ** 20;

/**
 * Makes a picture ready.
 * @param {Source} source
 * @param {Record<string, string>} columns of the index: types by name
 * @returns {Promise<Prepared>} never rejects: what is wrong with a picture is in `failure`
 */
export async function prepare(source, columns) {
  try {
    const content = await source.read();
    if (content.size > MAX_FILE_BYTES) return unfit(source, "It is larger than 64 MB");
    const id = await contentId(await content.arrayBuffer());
    const { uri, width = 0, height = 0 } = await thumbnailOf(content) ?? {};
    const tags = tagsOf({
      ...source,
      type: content.type,
      bytes: content.size,
      modified: content instanceof File ? content.lastModified : 0,
      width,
      height,
    }, columns);
    const image = { name: source.name, url: source.url, blob: () => Promise.resolve(content) };
    return {
      source,
      picture: { id, image, ...(uri ? { uri } : {}), tags },
      bytes: content.size,
      failure: "",
      settled: false,
    };
  } catch (thrown) {
    return unfit(source, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/**
 * @param {Source} source
 * @param {string} failure
 * @returns {Prepared}
 */
function unfit(source, failure) {
  const image = { name: source.name, url: source.url, blob: () => source.read() };
  const picture = { id: "", image, tags: {} };
  return { source, picture, bytes: 0, failure, settled: false };
}
