/**
 * Search in the index of the flow: everything is kept by the server and found by it; this page shows
 * it, and has it again after a reload.
 */
import { call } from "./calls.js";
import { confirmClearing, openDocument } from "./document_dialog.js";
import { distanceOf, faceOf, likeness } from "./document_face.js";
import { announce, byId, h } from "./dom.js";
import { asFailure, showFailure } from "./failure.js";
import { FilterField } from "./filter_field.js";
import { clearRequest, deleteRequest, listRequest, searchRequest } from "./index_requests.js";
import { QueryField } from "./query_field.js";
import { resultGrid } from "./result_grid.js";
import { sampleUrl } from "./samples.js";
import { showMoving } from "./score_list.js";

/** @typedef {import("./calls.js").Exchange} Exchange */
/** @typedef {import("./calls.js").ResultDocument} ResultDocument */
/** @typedef {import("./exchange.js").ApiRequest} ApiRequest */

/** Queries that are suggested: one line of them. */
const SUGGESTIONS = 4;

/** The view. */
export class IndexView {
  #server;
  #onExchange;
  #original;
  #visible = false;
  #query = new QueryField();
  #filter = new FilterField();
  #limit = byId("index-limit", HTMLSelectElement);
  #failure = byId("index-failure", HTMLElement);
  #result = byId("index-result", HTMLElement);
  #found = byId("index-found", HTMLElement);
  #asking = new AbortController();
  /** The index that is shown. */
  #name = "";
  /** @type {import("./result_grid.js").Actions} */
  #actions = {
    open: (document) => void openDocument(document, this.#original, this.#actions),
    like: (document) => this.#query.byDocument(document),
    remove: (document) => void this.#remove(document),
  };

  /**
   * @param {import("./server_panel.js").ServerPanel} server
   * @param {(exchange: Exchange) => void} onExchange
   * @param {(id: string) => Promise<Blob> | undefined} original a picture itself, where this page
   * has sent it
   */
  constructor(server, onExchange, original) {
    this.#server = server;
    this.#onExchange = onExchange;
    this.#original = original;
    const ask = () => void this.ask();
    this.#query.addEventListener("change", ask);
    this.#filter.addEventListener("change", ask);
    this.#limit.addEventListener("change", ask);
    byId("index-clear", HTMLButtonElement).addEventListener("click", () => this.#askToClear());
    server.addEventListener("indexer", () => this.#showIndexer());
    server.addEventListener("ready", () => {
      if (this.#visible && this.#failure.childElementCount > 0) ask();
    });
  }

  /** @param {boolean} visible */
  show(visible) {
    this.#visible = visible;
    if (visible) void this.ask();
  }

  /**
   * Queries to try.
   * @param {string[]} texts
   */
  suggest(texts) {
    const chips = texts.slice(0, SUGGESTIONS).map((text) =>
      h("button", { type: "button", class: "chip", click: () => this.#query.byText(text) }, text)
    );
    byId("index-suggestions", HTMLElement).replaceChildren(...chips);
  }

  /** Searches by a picture. @param {File} picture */
  search(picture) {
    this.#query.byPicture(picture);
  }

  /**
   * Looks again: for what is asked, or, without a question, at what was written last.
   * @param {boolean} [quiet] whether the exchange is the page's own affair, and not shown
   */
  async ask(quiet = false) {
    const { indexer } = this.#server;
    if (!indexer) return;
    this.#asking.abort(new DOMException("Another query came", "AbortError"));
    const { signal } = this.#asking = new AbortController();
    const { query } = this.#query;
    const { filter } = this.#filter;
    const { parameters } = this.#server;
    const limit = Number(this.#limit.value);
    try {
      const { documents, ms } = await this.#send(
        query
          ? searchRequest(query, { limit, filter }, parameters)
          : listRequest({ limit, filter, documents: indexer.documents ?? 0 }, parameters),
        signal,
        quiet,
      );
      this.#filter.refuse("");
      showFailure(this.#failure, undefined);
      if (query) this.#showMatches(documents[0]?.matches ?? [], ms);
      else this.#showList(filter ? documents : documents.toReversed());
    } catch (thrown) {
      if (signal.aborted) return;
      const failure = asFailure(thrown);
      if (filter && ofFilter(failure)) {
        showFailure(this.#failure, undefined);
        this.#filter.refuse(failure.detail);
      } else showFailure(this.#failure, failure, () => void this.ask());
    }
  }

  /**
   * @param {ApiRequest} request
   * @param {AbortSignal} signal
   * @param {boolean} [quiet]
   */
  async #send(request, signal, quiet = false) {
    let ms = 0;
    /** @param {Exchange} exchange */
    const onExchange = (exchange) => {
      ms = exchange.ms;
      if (!quiet || exchange.status !== 200) this.#onExchange(exchange);
    };
    return { documents: await call(request, { signal, onExchange }), ms };
  }

  /**
   * @param {ResultDocument[]} matches
   * @param {number} ms
   */
  #showMatches(matches, ms) {
    const took = ms < 10 ? ms.toFixed(1) : Math.round(ms);
    const { metric } = distanceOf(matches[0] ?? { id: "" }) ?? { metric: "" };
    const like = likeness(metric, 0);
    this.#found.textContent = matches.length === 0
      ? "Nothing was found"
      : `${counted(matches.length)} in ${took} ms, the embedding of the query included · ` +
        `${like ? `${like.name}, and ` : ""}${metric.replace("_", " ")} distance d (0 is equal)`;
    showMoving(this.#result, resultGrid(matches, "Found, nearest first", this.#actions));
    const [best] = matches;
    if (best) announce(`Best: ${faceOf(best, sampleUrl("")).title}`);
  }

  /** @param {ResultDocument[]} documents */
  #showList(documents) {
    const { filter } = this.#filter;
    const label = filter ? "Documents that the filter takes" : "Newest documents";
    this.#found.textContent = documents.length > 0
      ? label
      : filter
      ? "The filter takes no document"
      : "The index is empty: drop a folder of pictures, or take the samples.";
    if (documents.length === 0) this.#result.replaceChildren();
    else showMoving(this.#result, resultGrid(documents, label, this.#actions));
  }

  #showIndexer() {
    const { indexer } = this.#server;
    if (!indexer) return;
    const { name, engine, documents, pending, metric, dimensions, columns, error } = indexer;
    const count = byId("index-count", HTMLElement);
    count.textContent = documents === null ? "Index out of reach" : counted(documents);
    count.title = `${name}: ${engine}, ${metric}, ${dimensions} dimensions` +
      (pending ? `; ${pending.toLocaleString("en")} not in the graph yet` : "") +
      (error ? `; ${error}` : "");
    byId("index-clear", HTMLButtonElement).disabled = documents === 0;
    this.#filter.offer(columns ?? {});
    if (this.#visible && this.#name !== name) void this.ask();
    this.#name = name;
  }

  /** @param {ResultDocument} document */
  async #remove(document) {
    const { title } = faceOf(document, sampleUrl(""));
    await this.#write(deleteRequest(document.id, this.#server.parameters), () => {
      const card = this.#cards.find((each) => each.dataset["key"] === document.id);
      const neighbour = card?.nextElementSibling ?? card?.previousElementSibling;
      card?.remove();
      const next = neighbour?.querySelector("button") ?? byId("index-query", HTMLInputElement);
      if (!somethingFocused()) next.focus();
      announce(`${title} removed`);
    });
  }

  #askToClear() {
    const { indexer } = this.#server;
    if (!indexer) return;
    const { name, documents } = indexer;
    confirmClearing(
      `${
        documents === null ? "All documents" : counted(documents)
      } of '${name}' will be removed for everybody ` +
        "who uses it. They do not come back.",
      () =>
        void this.#write(clearRequest(this.#server.parameters), () => {
          this.#query.clear();
          announce("The index is empty");
          void this.ask();
        }),
    );
  }

  /**
   * @param {ApiRequest} request
   * @param {() => void} done
   */
  async #write(request, done) {
    try {
      await this.#send(request, new AbortController().signal);
      await this.#server.ask();
      showFailure(this.#failure, undefined);
      done();
    } catch (thrown) {
      showFailure(this.#failure, asFailure(thrown), () => void this.#write(request, done));
    }
  }

  get #cards() {
    return [...this.#result.querySelectorAll("[data-key]")].filter((e) => e instanceof HTMLElement);
  }
}

/** @param {number} documents */
function counted(documents) {
  return documents === 1 ? "1 document" : `${documents.toLocaleString("en")} documents`;
}

/** Whether something has the focus: what had it may have been taken away. */
function somethingFocused() {
  return document.activeElement !== null && document.activeElement !== document.body;
}

/**
 * Whether the server's words are of the filter.
 * @param {import("./failure.js").Failure} failure
 */
function ofFilter({ kind, detail }) {
  return (kind === "document" || kind === "invalid" || kind === "usage") &&
    /\bfilter\b/.test(detail);
}
