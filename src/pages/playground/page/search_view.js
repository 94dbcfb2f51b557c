/**
 * Search: every image is embedded once; a query costs the embedding of one text, the comparison
 * happens here.
 */
import { call } from "./calls.js";
import { announce, byId, debounced, h } from "./dom.js";
import { asFailure, Failure, failureOf, showFailure } from "./failure.js";
import { badCard, imageScores, picture, removeButton, showMoving } from "./score_list.js";
import { nearest, normalised } from "./vectors.js";

/** @typedef {import("./tray.js").TrayImage} TrayImage */
/** @typedef {import("./calls.js").Exchange} Exchange */

/** A pause in typing. */
const PAUSE_MS = 120;
/** Images of one request: small enough that progress is seen, large enough to fill a minibatch. */
const BATCH = 16;
const BATCH_BYTES = 8 * 2 ** 20;

/** The view. */
export class SearchView {
  #tray;
  #server;
  #onExchange;
  #visible = false;
  /** @type {Map<TrayImage, Float32Array>} */
  #index = new Map();
  /** @type {{ text: string, vector: Float32Array } | undefined} */
  #asked;
  #indexing = new AbortController();
  #asking = new AbortController();
  #spentMs = 0;
  /** @param {TrayImage} image */
  #remove = (image) => this.#tray.remove(image);
  #query = byId("query", HTMLInputElement);
  #failure = byId("search-failure", HTMLElement);
  #result = byId("search-result", HTMLElement);

  /**
   * @param {import("./tray.js").Tray} tray
   * @param {import("./server_panel.js").ServerPanel} server
   * @param {(exchange: Exchange) => void} onExchange
   */
  constructor(tray, server, onExchange) {
    this.#tray = tray;
    this.#server = server;
    this.#onExchange = onExchange;
    tray.addEventListener("change", () => this.#visible && void this.#update());
    server.addEventListener("ready", () => {
      if (this.#visible && this.#failure.childElementCount > 0) void this.#update();
    });
    server.addEventListener("model", () => {
      this.#forget();
      if (this.#visible) void this.#update();
    });
    this.#query.addEventListener("input", debounced(() => void this.#ask(), PAUSE_MS));
  }

  /** @param {boolean} visible */
  show(visible) {
    this.#visible = visible;
    if (visible) void this.#update();
  }

  /**
   * Queries to try.
   * @param {string[]} texts
   */
  suggest(texts) {
    byId("suggestions", HTMLElement).replaceChildren(...texts.map((text) =>
      h("button", {
        type: "button",
        class: "chip",
        click: () => {
          this.#query.value = text;
          void this.#ask();
        },
      }, text)
    ));
  }

  #forget() {
    this.#indexing.abort();
    this.#index.clear();
    this.#asked = undefined;
    this.#spentMs = 0;
  }

  /** Embeds what is new, then looks again. */
  async #update() {
    this.#indexing.abort(new DOMException("The images changed", "AbortError"));
    const { signal } = this.#indexing = new AbortController();
    const { images } = this.#tray;
    for (const image of this.#index.keys()) if (!images.includes(image)) this.#index.delete(image);
    this.#show();
    try {
      const missing = images.filter((image) => !this.#index.has(image) && image.failure === "");
      for (const batch of batches(missing)) {
        this.#showProgress();
        await this.#embed(batch, signal);
      }
      showFailure(this.#failure, undefined);
      this.#showProgress();
      await this.#ask();
    } catch (thrown) {
      if (signal.aborted) return;
      this.#showProgress();
      showFailure(this.#failure, asFailure(thrown), () => void this.#update());
    }
  }

  /**
   * @param {TrayImage[]} images
   * @param {AbortSignal} signal
   */
  async #embed(images, signal) {
    const documents = await call({
      path: "/post",
      items: images.map((image) => ({ image })),
      parameters: { drop_image_content: true, on_error: "skip", ...this.#server.parameters },
    }, {
      signal,
      itemErrors: "return",
      onExchange: (exchange) => {
        this.#spentMs += exchange.ms;
        this.#onExchange(exchange);
      },
    });
    images.forEach((image, i) => {
      const { embedding, error } = documents[i] ?? {};
      if (embedding) this.#index.set(image, normalised(embedding));
      else if (error) image.failure = failureOf(error).detail;
    });
  }

  async #ask() {
    this.#asking.abort(new DOMException("Another query came", "AbortError"));
    const { signal } = this.#asking = new AbortController();
    const text = this.#query.value.trim();
    try {
      if (text === "") this.#asked = undefined;
      else if (this.#asked?.text !== text) {
        const [document] = await call({
          path: "/post",
          items: [{ text }],
          parameters: this.#server.parameters,
        }, { signal, onExchange: this.#onExchange });
        if (!document?.embedding) throw new Failure("There is no embedding", "Type other words.");
        this.#asked = { text, vector: normalised(document.embedding) };
      }
      showFailure(this.#failure, undefined);
      this.#show();
    } catch (thrown) {
      if (signal.aborted) return;
      showFailure(this.#failure, asFailure(thrown), () => void this.#ask());
    }
  }

  #show() {
    const bad = this.#tray.images.filter(({ failure }) => failure !== "");
    /** @type {HTMLElement} */
    let results;
    if (this.#asked) {
      const found = nearest(this.#asked.vector, this.#index);
      results = imageScores(
        found.map(({ key, cosine }) => ({ image: key, cosine })),
        this.#remove,
      );
      const [best] = found;
      if (best) announce(`Best: ${best.key.caption}`);
    } else {
      const rest = this.#tray.images.filter(({ failure }) => failure === "");
      results = h(
        "ol",
        { class: "cards", "aria-label": "Images" },
        ...rest.map((image) =>
          h(
            "li",
            { "data-key": image.name, class: this.#index.has(image) ? "" : "pending" },
            picture(image),
            h("span", { class: "caption", title: image.caption }, image.caption),
            removeButton(image, this.#remove),
          )
        ),
      );
    }
    results.append(...bad.map((image) => badCard(image, this.#remove)));
    showMoving(this.#result, results);
  }

  #showProgress() {
    const { images } = this.#tray;
    const done = images.filter((image) => this.#index.has(image) || image.failure !== "").length;
    const progress = byId("progress", HTMLProgressElement);
    progress.max = Math.max(1, images.length);
    progress.value = done;
    progress.hidden = done === images.length;
    const seconds = (this.#spentMs / 1000).toFixed(2);
    const [vector] = this.#index.values();
    byId("index-state", HTMLElement).textContent = images.length === 0
      ? "There is no image: add some, drop some, or take the samples."
      : done < images.length
      ? `Embedding image ${done + 1} of ${images.length}…`
      : `${this.#index.size} images embedded once in ${seconds} s, ${
        vector?.length ?? 0
      } numbers each: ` +
        "a query costs one text.";
  }
}

/**
 * @param {readonly TrayImage[]} images
 * @returns {Generator<TrayImage[]>}
 */
function* batches(images) {
  /** @type {TrayImage[]} */
  let batch = [];
  let bytes = 0;
  for (const image of images) {
    if (batch.length === BATCH || batch.length > 0 && bytes + image.size > BATCH_BYTES) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(image);
    bytes += image.size;
  }
  if (batch.length > 0) yield batch;
}
