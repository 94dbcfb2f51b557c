/** The last request as a program in several languages, and its answer. */
import { BASE } from "./address.js";
import { apiKey } from "./api_key.js";
import { copyButton } from "./copy.js";
import { byId, h } from "./dom.js";
import { readable, readableBytes } from "./exchange.js";
import { showCode } from "./highlight.js";
import { LANGUAGES, OPENAI_LANGUAGES, snippet } from "./snippets.js";
import { tabList } from "./tabs.js";

/** @typedef {import("./calls.js").Exchange} Exchange */

/** Shown of an answer: more would be slow to draw, and nobody reads it. */
const MAX_SHOWN_CHARACTERS = 40_000;

/**
 * Makes the panel; the returned function shows an exchange in it.
 * @param {() => string} model names the model that is asked where a request names none
 */
export function openExchangePanel(model) {
  const list = byId("language-tabs", HTMLElement);
  const request = codeIn("request");
  const response = codeIn("response");
  const facts = byId("response-facts", HTMLElement);
  /** @type {Exchange | undefined} */
  let last;
  let language = "curl";

  const openai = list.dataset["apis"]?.split(" ").includes("openai");
  const languages = LANGUAGES.filter(([id]) => openai || !OPENAI_LANGUAGES.has(id));
  list.append(
    ...[...languages, /** @type {const} */ (["json", "JSON"])].map(([id, label]) =>
      h("button", {
        type: "button",
        role: "tab",
        id: `language-${id}`,
        "data-language": id,
        "aria-controls": "request",
      }, label)
    ),
  );
  const code = () => {
    if (!last) return "";
    if (language !== "json") {
      const { request } = last;
      const named = request.parameters["model_name"];
      const server = {
        base: BASE,
        model: typeof named === "string" ? named : model(),
        keyed: apiKey() !== "",
      };
      return snippet(/** @type {any} */ (language), request, server);
    }
    return readable(JSON.parse(last.sent));
  };
  const showRequest = () => showCode(request, code());
  tabList(list, (tab) => {
    language = tab.dataset["language"] ?? "curl";
    showRequest();
  });
  copyButton(byId("copy-request", HTMLButtonElement), code);
  copyButton(byId("copy-response", HTMLButtonElement), () => last?.received ?? "");

  /** @param {Exchange} exchange */
  return (exchange) => {
    last = exchange;
    showRequest();
    const { status, ms, received } = exchange;
    const answer = parsed(received);
    facts.replaceChildren(
      h("span", { class: status === 200 ? "status" : "status bad" }, String(status)),
      // Documents that cannot be embedded are told of inside an answer that is fine as such.
      ...(answer?.header?.status?.code && status === 200
        ? [" ", h("span", { class: "status bad" }, "error inside")]
        : []),
      ` ${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms · ${readableBytes(received.length)}`,
    );
    const shown = answer === undefined ? received : readable(answer);
    showCode(response, shown.slice(0, MAX_SHOWN_CHARACTERS));
  };
}

/**
 * JSON, or undefined if it is none.
 * @param {string} text
 * @returns {any}
 */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {string} id */
function codeIn(id) {
  const code = byId(id, HTMLElement).querySelector("code");
  if (!code) throw new Error(`'${id}' has no code`);
  return code;
}
