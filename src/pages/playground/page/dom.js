/** The few words in which this page speaks to the DOM. Nothing here takes markup: only text. */

/** @typedef {string | number | boolean | undefined | ((event: any) => void)} Attribute */

/**
 * Makes an element. A function is a listener, `true` an empty attribute, `false` none.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, Attribute>} [attributes]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/**
 * The element of the page with this id.
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new Error(`The page has no ${type.name} '${id}'`);
}

/**
 * Says something to those who hear the page instead of seeing it.
 * @param {string} text
 */
export function announce(text) {
  byId("announcer", HTMLElement).textContent = text;
}

/**
 * Calls a function when the calls have paused for a while.
 * @param {() => void} act
 * @param {number} ms
 * @returns {() => void}
 */
export function debounced(act, ms) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, ms);
  };
}

/** Whether the visitor asked for a page that does not move. */
export function still() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
