/** Rank: one image against sentences, or one sentence against images. */
import { call } from "./calls.js";
import { announce, byId, debounced, h } from "./dom.js";
import { asFailure, blamed, Missing, showFailure } from "./failure.js";
import { badCard, imageScores, percent, picture, showMoving, textScores } from "./score_list.js";
import { nextIndex } from "./tabs.js";

/** @typedef {import("./tray.js").TrayImage} TrayImage */
/** @typedef {import("./calls.js").Exchange} Exchange */

/** A pause in typing. */
const PAUSE_MS = 300;
/** Above this, images are sent when asked for and not while typing. */
const MAX_LIVE_BYTES = 4 * 2 ** 20;

/** The view. */
export class RankView {
  #tray;
  #server;
  #onExchange;
  #direction = "texts";
  #running = new AbortController();
  #visible = false;
  #sentences = byId("sentences", HTMLTextAreaElement);
  #sentence = byId("sentence", HTMLInputElement);
  #picker = byId("picker", HTMLElement);
  #failure = byId("rank-failure", HTMLElement);
  #result = byId("rank-result", HTMLElement);

  /**
   * @param {import("./tray.js").Tray} tray
   * @param {import("./server_panel.js").ServerPanel} server
   * @param {(exchange: Exchange) => void} onExchange
   */
  constructor(tray, server, onExchange) {
    this.#tray = tray;
    this.#server = server;
    this.#onExchange = onExchange;
    const later = debounced(() => this.#live && void this.run(), PAUSE_MS);
    // What changes before the view is shown is in its first ranking anyway.
    const soon = () => this.#visible && later();
    tray.addEventListener("change", () => {
      this.#showPicker();
      soon();
    });
    tray.addEventListener("select", () => {
      this.#showSelection();
      soon();
    });
    server.addEventListener("ready", () => {
      if (this.#visible && this.#failure.childElementCount > 0) void this.run();
    });
    this.#sentences.addEventListener("input", soon);
    this.#sentence.addEventListener("input", soon);
    byId("rank", HTMLButtonElement).addEventListener("click", () => void this.run());
    byId("remove-image", HTMLButtonElement).addEventListener("click", () => {
      if (tray.selected) this.#remove(tray.selected);
    });
    byId("panel-rank", HTMLElement).addEventListener("keydown", (event) => {
      const enter = event.key === "Enter" && (event.ctrlKey || event.metaKey);
      if (enter || event.key === "Enter" && event.target === this.#sentence) void this.run();
    });
    for (const radio of document.querySelectorAll("input[name=direction]")) {
      radio.addEventListener("change", () => {
        if (radio instanceof HTMLInputElement) this.#turn(radio.value);
      });
    }
    this.#picker.addEventListener("click", (event) => this.#pick(event));
    this.#picker.addEventListener("keydown", (event) => this.#pickByKey(event));
    this.#turn("texts");
  }

  /** @param {boolean} visible */
  show(visible) {
    this.#visible = visible;
    if (visible && this.#result.childElementCount === 0) void this.run();
  }

  /**
   * What to begin with, unless the visitor has begun already.
   * @param {string[]} texts sentences to rank for an image
   * @param {string} text a sentence to rank images for
   */
  suggest(texts, text) {
    if (this.#sentences.value === "") this.#sentences.value = texts.join("\n");
    if (this.#sentence.value === "") this.#sentence.value = text;
  }

  /** Ranks what is there now. */
  async run() {
    this.#running.abort(new DOMException("Another ranking began", "AbortError"));
    const running = this.#running = new AbortController();
    const { signal } = running;
    try {
      const request = this.#request();
      this.#result.setAttribute("aria-busy", "true");
      const [ranked] = await call(request, { signal, onExchange: this.#onExchange });
      showFailure(this.#failure, undefined);
      this.#show(ranked?.matches ?? []);
    } catch (thrown) {
      if (signal.aborted) return;
      const failure = asFailure(thrown);
      // The others are ranked without those that the server cannot read.
      if (this.#blame(failure) && this.#direction === "images") return void await this.run();
      this.#result.replaceChildren();
      this.#showFailure(failure);
    } finally {
      if (!signal.aborted) this.#result.removeAttribute("aria-busy");
    }
  }

  /**
   * Marks the images that a failure names; whether there is one.
   * @param {import("./failure.js").Failure} failure
   */
  #blame(failure) {
    let found = false;
    for (const [name, reason] of blamed(failure)) {
      const image = this.#tray.named(name);
      if (!image || image.failure !== "") continue;
      image.failure = reason;
      found = true;
    }
    return found;
  }

  /** @param {import("./failure.js").Failure} failure */
  #showFailure(failure) {
    const { selected } = this.#tray;
    const bad = this.#direction === "texts" && selected?.failure ? selected : undefined;
    if (bad) showFailure(this.#failure, failure, () => this.#remove(bad), "Remove the image");
    else if (failure.hint === "" || failure instanceof Missing) showFailure(this.#failure, failure);
    else showFailure(this.#failure, failure, () => void this.run());
  }

  /** @param {TrayImage} image */
  #remove = (image) => {
    this.#tray.remove(image);
    announce(`${image.caption} taken away`);
  };

  get #live() {
    if (!this.#visible) return false;
    const { images, selected } = this.#tray;
    const bytes = this.#direction === "texts"
      ? selected?.size ?? 0
      : images.reduce((sum, { size }) => sum + size, 0);
    return bytes <= MAX_LIVE_BYTES;
  }

  /** @returns {import("./exchange.js").ApiRequest} */
  #request() {
    const { images, selected } = this.#tray;
    const { parameters } = this.#server;
    if (!selected) {
      throw new Missing("There is no image", "Add one, drop one, or take the samples.");
    }
    if (this.#direction === "images") {
      const text = this.#sentence.value.trim();
      if (text === "") throw new Missing("There is no sentence", "Type what to look for.");
      const matches = images.filter(({ failure }) => failure === "").map((image) => ({ image }));
      if (matches.length === 0) {
        throw new Missing("There is no image that can be read", "Add one, or take the samples.");
      }
      return { path: "/rank", parameters, items: [{ text, matches }] };
    }
    const texts = [...new Set(this.#sentences.value.split("\n").map((line) => line.trim()))]
      .filter((line) => line !== "");
    if (texts.length === 0) throw new Missing("There are no sentences", "Type some, one a line.");
    return {
      path: "/rank",
      parameters,
      items: [{ image: selected, matches: texts.map((text) => ({ text })) }],
    };
  }

  /** @param {import("./calls.js").ResultDocument[]} matches */
  #show(matches) {
    const ranked = matches.map(({ id, text = id, scores }) => ({
      text,
      name: id,
      share: scores?.["clip_score"]?.value ?? 0,
      cosine: scores?.["clip_score_cosine"]?.value ?? 0,
    }));
    if (this.#direction === "texts") {
      showMoving(this.#result, textScores(ranked));
    } else {
      const shown = ranked.flatMap((score) => {
        const image = this.#tray.named(score.name);
        return image ? [{ ...score, image }] : [];
      });
      const cards = imageScores(shown, this.#remove);
      const bad = this.#tray.images.filter(({ failure }) => failure !== "");
      cards.append(...bad.map((image) => badCard(image, this.#remove)));
      showMoving(this.#result, cards);
    }
    const [best] = ranked;
    if (best) announce(`Best: ${best.text}, ${percent(best.share)}`);
  }

  /** @param {string} direction */
  #turn(direction) {
    this.#direction = direction;
    const texts = direction === "texts";
    byId("panel-rank", HTMLElement).dataset["direction"] = direction;
    byId("query-image", HTMLElement).hidden = !texts;
    this.#picker.hidden = !texts;
    for (
      const [element, shown] of /** @type {[HTMLElement, boolean][]} */ ([
        [this.#sentences, texts],
        [byId("sentences-label", HTMLElement), texts],
        [this.#sentence, !texts],
        [byId("sentence-label", HTMLElement), !texts],
      ])
    ) element.hidden = !shown;
    byId("rank-hint", HTMLElement).textContent = this.#live || !this.#visible ? "or just type" : "";
    this.#result.replaceChildren();
    showFailure(this.#failure, undefined);
    if (this.#visible) void this.run();
  }

  #showPicker() {
    this.#picker.replaceChildren(...this.#tray.images.map((image) =>
      h(
        "li",
        {
          role: "option",
          "data-name": image.name,
          "aria-label": image.caption,
          title: image.caption,
        },
        picture(image),
      )
    ));
    this.#showSelection();
  }

  #showSelection() {
    const { selected } = this.#tray;
    for (const option of this.#options) {
      const chosen = option.dataset["name"] === selected?.name;
      option.setAttribute("aria-selected", String(chosen));
      option.tabIndex = chosen ? 0 : -1;
    }
    byId("preview", HTMLElement).replaceChildren(...(selected ? [picture(selected)] : []));
    byId("preview-caption", HTMLElement).textContent = selected?.caption ?? "No image";
    byId("remove-image", HTMLButtonElement).hidden = !selected;
  }

  /** @returns {HTMLElement[]} */
  get #options() {
    return [...this.#picker.children].filter((child) => child instanceof HTMLElement);
  }

  /** @param {Event} event */
  #pick(event) {
    const option = event.target instanceof Element ? event.target.closest("[role=option]") : null;
    const image = this.#tray.named(option?.getAttribute("data-name") ?? "");
    if (!image) return;
    this.#tray.select(image);
    this.#focusSelected();
  }

  /** @param {KeyboardEvent} event */
  #pickByKey(event) {
    const { images, selected } = this.#tray;
    if (!selected) return;
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.#remove(selected);
      return this.#focusSelected();
    }
    const to = nextIndex(event.key, images.indexOf(selected), images.length);
    const image = to === undefined ? undefined : images[to];
    if (!image) return;
    event.preventDefault();
    this.#tray.select(image);
    this.#focusSelected();
  }

  #focusSelected() {
    this.#options.find((option) => option.tabIndex === 0)?.focus();
  }
}
