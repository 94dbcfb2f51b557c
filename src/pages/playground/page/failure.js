/** Failures in words that a visitor can act on. */
import { h } from "./dom.js";

/** @typedef {import("./clip_client.js").ClipClientErrorKind} Kind */

/** What went wrong with a call. */
export class Failure extends Error {
  /** What the client library calls it, if it was one of its calls. @type {Kind | undefined} */
  kind;

  /**
   * @param {string} title what happened
   * @param {string} detail what the server said of it
   * @param {string} [hint] what to do
   */
  constructor(title, detail, hint = "") {
    super(`${title}: ${detail}`);
    this.title = title;
    this.detail = detail;
    this.hint = hint;
  }
}

/** Nothing has gone wrong yet: something is not there that is needed first. */
export class Missing extends Failure {}

/** By HTTP's status. @type {Record<number, [title: string, hint: string]>} */
const BY_STATUS = {
  400: ["The request was not understood", ""],
  401: ["The server wants an API key", "Type one in above."],
  403: ["The server refuses this", ""],
  404: ["There is nothing at this address", "Is a proxy in between that does not know the path?"],
  413: ["That is more than the server takes at once", "Use fewer or smaller images."],
  415: ["The server does not read this", ""],
  422: ["The request was not understood", ""],
  429: ["Too many requests", "Try again in a moment."],
  499: ["The request was given up", ""],
  502: ["The server cannot be reached behind its proxy", "Try again in a moment."],
  503: ["The server is busy", "Try again in a moment."],
  504: ["The server did not finish in time", "Use fewer images, or try again later."],
};

/** Without one. @type {Partial<Record<Kind, [title: string, hint: string]>>} */
const BY_KIND = {
  document: ["This could not be embedded", ""],
  content: ["A file cannot be read", "Was it moved?"],
  protocol: ["This is not an answer of the server", ""],
  timeout: ["The server did not finish in time", "Use fewer images, or try again later."],
  usage: ["The request was not understood", ""],
};

/**
 * The failure that the client library tells of.
 * @param {import("./clip_client.js").ClipClientError} error
 * @returns {Failure}
 */
export function failureOf({ kind, status, reason }) {
  if (kind === "connection") return unreachable(reason);
  const failure = status === undefined
    ? new Failure(...withDetail(BY_KIND[kind] ?? SERVER_FAILED, reason))
    : refusal(status, reason);
  failure.kind = kind;
  return failure;
}

/**
 * The server has said no.
 * @param {number} status HTTP's
 * @param {string} detail
 */
export function refusal(status, detail) {
  const known = BY_STATUS[status] ??
    (status < 500 ? ["The server refuses this", ""] : SERVER_FAILED);
  return new Failure(...withDetail(known, detail));
}

/**
 * Nobody has answered.
 * @param {string} detail
 */
export function unreachable(detail) {
  return new Failure("The server does not answer", detail, "Is it still running?");
}

/** @type {[title: string, hint: string]} */
const SERVER_FAILED = ["The server failed", "Its log says why."];

/**
 * @param {[title: string, hint: string]} words
 * @param {string} detail
 * @returns {[title: string, detail: string, hint: string]}
 */
function withDetail([title, hint], detail) {
  return [title, detail, hint];
}

/**
 * The documents that a failure names, each with the reason. The server names the first few.
 * @param {Failure} failure
 * @returns {Map<string, string>} reasons by id
 */
export function blamed({ detail }) {
  const each = /document '(.*?)' \(index \d+\): (.*?)(?=; document '|; and \d+ more$|$)/gs;
  return new Map([...detail.matchAll(each)].map(([, id = "", reason = ""]) => [id, reason]));
}

/**
 * What was thrown, as a failure.
 * @param {unknown} thrown
 * @returns {Failure}
 */
export function asFailure(thrown) {
  if (thrown instanceof Failure) return thrown;
  return new Failure("This page made a mistake", String(thrown), "Reload it and try again.");
}

/**
 * Shows a failure in a place of the page; `undefined` takes it away.
 * @param {HTMLElement} place
 * @param {Failure | undefined} failure
 * @param {() => void} [act] what a button in it does
 * @param {string} [label] of that button
 */
export function showFailure(place, failure, act, label = "Try again") {
  if (!failure) return place.replaceChildren();
  const box = h(
    "div",
    failure instanceof Missing
      ? { class: "note", role: "status" }
      : { class: "failure", role: "alert" },
    h("strong", {}, failure.title),
    h("p", {}, failure.detail),
  );
  if (failure.hint) box.append(h("p", { class: "hint" }, failure.hint));
  if (act) box.append(h("button", { type: "button", class: "button", click: act }, label));
  place.replaceChildren(box);
}
