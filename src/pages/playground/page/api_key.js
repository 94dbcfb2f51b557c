/** The API key that this page sends, where the server wants one: kept as long as the tab is open. */
import { byId } from "./dom.js";

const KEPT = "clipline-api-key";

let key = remembered();

/** The key; "" for none. */
export function apiKey() {
  return key;
}

/** Headers of a request to the server. @returns {Record<string, string>} */
export function keyHeaders() {
  return key === "" ? {} : { authorization: `Bearer ${key}` };
}

/**
 * The server has answered a request; one that it would not take without a key asks for one.
 * @param {number} status
 */
export function heardStatus(status) {
  const form = byId("api-key-form", HTMLFormElement);
  if (status === 401 && form.hidden) {
    form.hidden = false;
    byId("api-key", HTMLInputElement).value = key;
  } else if (status < 400 && key !== "") {
    form.hidden = true;
  }
}

/** Takes what is typed. @param {() => void} changed called when there is another key */
export function openKeyForm(changed) {
  byId("api-key-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    key = byId("api-key", HTMLInputElement).value.trim();
    try {
      sessionStorage.setItem(KEPT, key);
    } catch {
      // It holds for as long as the page is open.
    }
    changed();
  });
}

function remembered() {
  try {
    return sessionStorage.getItem(KEPT) ?? "";
  } catch {
    return "";
  }
}
