/** What is looked for in the index: words, a picture, or more like a document that is there. */
import { faceOf } from "./document_face.js";
import { byId, debounced, h } from "./dom.js";
import { sampleUrl } from "./samples.js";

/** @typedef {import("./calls.js").ResultDocument} ResultDocument */
/** @typedef {import("./index_requests.js").Query} Query */

/** A pause in typing. */
const PAUSE_MS = 120;

/** Fires "change" when something else is looked for. */
export class QueryField extends EventTarget {
  #field = byId("index-query", HTMLInputElement);
  #picture = byId("query-picture", HTMLElement);
  /** The query by a picture or a document; words are in the field. @type {Query | undefined} */
  #example;
  /** @type {string | undefined} */
  #objectUrl;

  constructor() {
    super();
    const changed = () => this.dispatchEvent(new Event("change"));
    const later = debounced(changed, PAUSE_MS);
    this.#field.addEventListener("input", () => {
      this.#forgetExample();
      later();
    });
    byId("index-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      changed();
    });
    const files = byId("query-file", HTMLInputElement);
    byId("query-by-picture", HTMLButtonElement).addEventListener("click", () => files.click());
    files.addEventListener("change", () => {
      const [file] = files.files ?? [];
      if (file) this.byPicture(file);
      files.value = "";
    });
  }

  /** What is looked for; undefined if nothing is. @returns {Query | undefined} */
  get query() {
    const text = this.#field.value.trim();
    return this.#example ?? (text === "" ? undefined : { text });
  }

  /** @param {string} text */
  byText(text) {
    this.#forgetExample();
    this.#field.value = text;
    this.dispatchEvent(new Event("change"));
  }

  /** @param {File} file */
  byPicture(file) {
    const name = file.name || "picture.png";
    this.#show({ image: { name, url: null, blob: () => Promise.resolve(file) } }, name);
    this.#objectUrl = URL.createObjectURL(file);
    this.#picture.prepend(h("img", { src: this.#objectUrl, alt: "" }));
    this.dispatchEvent(new Event("change"));
  }

  /** @param {ResultDocument} document */
  byDocument(document) {
    const { id, embedding } = document;
    const { src, title } = faceOf(document, sampleUrl(""));
    this.#show(
      { id, ...(embedding ? { embedding: Array.from(embedding, shortest) } : {}) },
      `Like ${title}`,
    );
    if (src) {
      this.#picture.prepend(h("img", { src, alt: "", referrerpolicy: "no-referrer" }));
    }
    this.dispatchEvent(new Event("change"));
  }

  clear() {
    this.#forgetExample();
    this.#field.value = "";
  }

  /**
   * @param {Query} example
   * @param {string} label
   */
  #show(example, label) {
    this.clear();
    this.#example = example;
    this.#picture.hidden = false;
    this.#picture.replaceChildren(
      h("span", { class: "label" }, label),
      h("button", {
        type: "button",
        class: "remove",
        "aria-label": `Do not search by: ${label}`,
        click: () => {
          this.clear();
          this.#field.focus();
          this.dispatchEvent(new Event("change"));
        },
      }, "×"),
    );
  }

  #forgetExample() {
    this.#example = undefined;
    this.#picture.hidden = true;
    this.#picture.replaceChildren();
    if (this.#objectUrl !== undefined) URL.revokeObjectURL(this.#objectUrl);
    this.#objectUrl = undefined;
  }
}

/**
 * A float32 in nine digits, which hold all of it: as programs show it.
 * @param {number} value
 */
function shortest(value) {
  return Number(value.toPrecision(9));
}
