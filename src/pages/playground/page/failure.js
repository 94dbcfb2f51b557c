/** Failures in words that a visitor can act on. */
import { h } from "./dom.js";

/** What went wrong with a call. */
export class Failure extends Error {
  /** The answer's HTTP status; 0 without an answer. */
  status = 0;

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

/** @type {Record<number, [title: string, hint: string]>} */
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

/**
 * The failure that an answer tells of, whatever its form; undefined if all went well.
 * @param {number} status
 * @param {any} answer parsed JSON, or undefined
 * @param {string} text the body as it came
 * @returns {Failure | undefined}
 */
export function failureOf(status, answer, text) {
  const inAnswer = answer?.header?.status;
  if (status === 200 && !inAnswer?.code) {
    return Array.isArray(answer?.data)
      ? undefined
      : new Failure("This is not an answer of the server", text.slice(0, 300));
  }
  const detail = describe(answer) || text.slice(0, 300) || `HTTP status ${status}`;
  const failure = refusal(status, detail);
  failure.status = status;
  return failure;
}

/**
 * @param {number} status
 * @param {string} detail
 */
function refusal(status, detail) {
  if (status === 200) return new Failure("This could not be embedded", detail);
  const [title, hint] = BY_STATUS[status] ??
    (status < 500 ? ["The server refuses this", ""] : ["The server failed", "Its log says why."]);
  return new Failure(title, detail, hint);
}

/**
 * @param {any} answer
 * @returns {string}
 */
function describe(answer) {
  const status = answer?.header?.status;
  const [said] = status?.exception?.args ?? [];
  if (typeof said === "string") return said;
  if (status?.description) return String(status.description);
  const { detail } = answer ?? {};
  if (typeof detail === "string") return detail;
  if (!Array.isArray(detail)) return "";
  return detail.map(({ loc, msg }) => `${(loc ?? []).join(".")}: ${msg}`).join("; ");
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
