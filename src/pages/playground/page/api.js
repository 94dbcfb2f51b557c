/** Calls to the server this page came from. */
import { heardStatus, keyHeaders } from "./api_key.js";
import { wireBody } from "./exchange.js";
import { Failure, failureOf } from "./failure.js";

/** @typedef {import("./exchange.js").ApiRequest} ApiRequest */
/** @typedef {import("./exchange.js").ImageRef} ImageRef */

/**
 * What came back.
 * @typedef {object} Exchange
 * @property {ApiRequest} request
 * @property {number} status
 * @property {number} ms from sending to the last byte
 * @property {string} text the body
 * @property {any} answer the body as JSON; undefined if it is none
 */

/** Address of the server, without a slash at its end; a proxy may have put it below a path. */
export const BASE = new URL(".", document.baseURI).href.replace(/\/$/, "");

/**
 * Sends a request.
 * @param {ApiRequest} request
 * @param {(image: ImageRef) => Promise<string>} blobOf an image in base64
 * @param {AbortSignal} signal
 * @param {(exchange: Exchange) => void} onAnswer called with the answer, be it good or bad
 * @returns {Promise<any>} the answer
 * @throws {Failure} if the server cannot be reached or says no; the signal's reason
 */
export async function send(request, blobOf, signal, onAnswer) {
  /** @type {Map<ImageRef, string>} */
  const blobs = new Map();
  for (const item of request.items) {
    for (const content of [item, ...item.matches ?? []]) {
      if ("image" in content) blobs.set(content.image, await blobOf(content.image));
    }
  }
  const body = JSON.stringify(wireBody(request, (image) => blobs.get(image) ?? ""));
  const { status, ms, text } = await exchange(request.path, body, signal);
  const answer = parse(text);
  onAnswer({ request, status, ms, text, answer });
  const failure = failureOf(status, answer, text);
  if (failure) throw failure;
  return answer;
}

/**
 * @param {string} path
 * @param {string} body
 * @param {AbortSignal} signal
 */
async function exchange(path, body, signal) {
  const started = performance.now();
  try {
    const response = await fetch(BASE + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...keyHeaders() },
      body,
      signal,
    });
    const text = await response.text();
    heardStatus(response.status);
    return { status: response.status, ms: performance.now() - started, text };
  } catch (thrown) {
    signal.throwIfAborted();
    throw unreachable(thrown);
  }
}

/**
 * What the server says of itself.
 * @param {AbortSignal} signal
 * @returns {Promise<any>}
 * @throws {Failure}
 */
export async function status(signal) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch(`${BASE}/status`, { signal, cache: "no-store", headers: keyHeaders() });
  } catch (thrown) {
    throw unreachable(thrown);
  }
  const text = await response.text();
  heardStatus(response.status);
  const answer = parse(text);
  if (response.ok && Array.isArray(answer?.executors)) return answer;
  throw failureOf(response.status, answer, text) ??
    new Failure("The server tells nothing of itself", text.slice(0, 300));
}

/** @param {unknown} thrown */
function unreachable(thrown) {
  return new Failure(
    "The server does not answer",
    `${BASE} cannot be reached (${thrown instanceof Error ? thrown.message : thrown}).`,
    "Is it still running?",
  );
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
