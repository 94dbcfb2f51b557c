/** The field for a filter over the index's columns. */
import { byId, debounced } from "./dom.js";

/** A pause in typing. */
const PAUSE_MS = 400;
const OPERATORS = "$lt $lte $gt $gte $eq $neq $in $nin $and $or";

/** Fires "change" when there is another filter that is one. */
export class FilterField extends EventTarget {
  #field = byId("index-filter", HTMLInputElement);
  #error = byId("filter-error", HTMLElement);
  #columns = "";
  /** What is asked; undefined without a filter. @type {object | undefined} */
  filter;

  constructor() {
    super();
    const take = debounced(() => this.#take(), PAUSE_MS);
    this.#field.addEventListener("input", take);
  }

  /**
   * Tells which columns there are.
   * @param {Record<string, string>} columns types by name
   */
  offer(columns) {
    const said = Object.entries(columns).map(([name, type]) => `${name} (${type})`).join(", ");
    if (said === this.#columns) return;
    this.#columns = said;
    byId("filter", HTMLElement).hidden = said === "";
    const [first] = Object.entries(columns);
    if (!first) return;
    const [name, type] = first;
    const example = type === "str" ? { [name]: { $eq: "…" } } : { [name]: { $lt: 100 } };
    this.#field.placeholder = JSON.stringify(example);
    byId("filter-help", HTMLElement).textContent = `Columns: ${said}. Operators: ${OPERATORS}`;
  }

  /**
   * Says what is wrong with it; "" takes that away.
   * @param {string} reason
   */
  refuse(reason) {
    if (this.#error.textContent !== reason) this.#error.textContent = reason;
    if (reason === "") this.#field.removeAttribute("aria-invalid");
    else this.#field.setAttribute("aria-invalid", "true");
  }

  #take() {
    const text = this.#field.value.trim();
    const before = JSON.stringify(this.filter);
    /** @type {unknown} */
    let filter;
    try {
      filter = text === "" ? undefined : JSON.parse(text);
    } catch (thrown) {
      return this.refuse(`This is not JSON yet: ${/** @type {Error} */ (thrown).message}`);
    }
    if (filter !== undefined && (typeof filter !== "object" || filter === null)) {
      return this.refuse(`A filter is an object: ${this.#field.placeholder}`);
    }
    this.refuse("");
    this.filter = filter ?? undefined;
    if (JSON.stringify(this.filter) !== before) this.dispatchEvent(new Event("change"));
  }
}
