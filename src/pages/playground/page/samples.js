/** The pictures that come with the page. */
import { BASE } from "./address.js";
import { Failure } from "./failure.js";

/** @typedef {{ images: { file: string, caption: string }[], queries: string[] }} Samples */

/** Where a sample is. @param {string} file */
export function sampleUrl(file) {
  return `${BASE}/playground/samples/${file}`;
}

/**
 * What there is.
 * @returns {Promise<Samples>}
 * @throws {Failure}
 */
export async function listSamples() {
  const response = await fetched(sampleUrl("samples.json"));
  if (!response.ok) throw new Failure("The samples cannot be loaded", `HTTP ${response.status}`);
  return await response.json();
}

/**
 * A sample's bytes.
 * @param {string} file
 * @returns {Promise<Blob>}
 * @throws {Failure}
 */
export async function readSample(file) {
  const response = await fetched(sampleUrl(file));
  if (!response.ok) {
    throw new Failure("A sample cannot be loaded", `${file}: ${response.status}`);
  }
  return await response.blob();
}

/** @param {string} url */
async function fetched(url) {
  try {
    return await fetch(url);
  } catch (thrown) {
    throw new Failure(
      "The samples cannot be loaded",
      thrown instanceof Error ? thrown.message : String(thrown),
      "Is the server still running?",
    );
  }
}
