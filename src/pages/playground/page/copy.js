/** Copying to the clipboard, also where the page has no right to it (plain HTTP on a network). */
import { announce } from "./dom.js";

const SHOWN_MS = 1500;

/**
 * Makes a button copy.
 * @param {HTMLButtonElement} button
 * @param {() => string} textOf
 */
export function copyButton(button, textOf) {
  const label = button.textContent;
  button.addEventListener("click", async () => {
    const done = await copy(textOf());
    button.textContent = done ? "Copied" : "Press Ctrl C";
    announce(done ? "Copied" : "The browser does not allow copying");
    setTimeout(() => button.textContent = label, SHOWN_MS);
  });
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** @param {string} text */
function copyBySelection(text) {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "hidden";
  document.body.append(area);
  area.select();
  // The only way without a secure context, old as it is.
  const done = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return done;
}
