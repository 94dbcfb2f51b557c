/** Results: sentences with bars, images with bars, best first. */
import { h, still } from "./dom.js";

/** @typedef {import("./tray.js").TrayImage} TrayImage */

/**
 * @typedef {object} Score
 * @property {number} cosine
 * @property {number} [share] softmax over the candidates, 0..1
 */

const MOVE_MS = 260;

/**
 * A share in per cent, with as many digits as it takes to see that it is not nothing.
 * @param {number} share
 */
export function percent(share) {
  if (share > 0 && share < 0.001) return "< 0.1 %";
  return `${(100 * share).toFixed(1)} %`;
}

/** @param {number} value */
export function cosineText(value) {
  return value.toFixed(3).replace("-", "−");
}

/**
 * A bar, with a thin one below it. What they say is written beside them.
 * @param {number} main 0..1
 * @param {number} [thin] 0..1
 */
export function bar(main, thin) {
  const element = h("span", { class: "bar", "aria-hidden": "true" }, h("i"));
  element.style.setProperty("--main", String(Math.max(0, Math.min(1, main))));
  if (thin !== undefined) {
    element.append(h("b"));
    element.style.setProperty("--thin", String(Math.max(0, Math.min(1, thin))));
  }
  return element;
}

/**
 * Sentences with their scores.
 * @param {(Score & { text: string })[]} scores best first
 */
export function textScores(scores) {
  const rows = scores.map(({ text, share = 0, cosine }) =>
    h(
      "li",
      { "data-key": text },
      h("span", { class: "label", title: text }, text),
      bar(share, cosine),
      h("span", { class: "share" }, percent(share)),
      h("span", { class: "cosine" }, h("span", { class: "hidden" }, "cosine "), cosineText(cosine)),
    )
  );
  return h(
    "div",
    { class: "scores" },
    h(
      "p",
      { class: "scores-head", "aria-hidden": "true" },
      h("span", {}, "Scores"),
      h("span", { class: "share" }, "softmax"),
      h("span", { class: "cosine" }, "cosine"),
    ),
    h("ol", { "aria-label": "Scores, best first" }, ...rows),
  );
}

/**
 * Images with their scores.
 * @param {(Score & { image: TrayImage })[]} scores best first
 * @param {(image: TrayImage) => void} remove takes one away
 */
export function imageScores(scores, remove) {
  const best = scores[0]?.cosine ?? 1;
  const cards = scores.map(({ image, share, cosine }) =>
    h(
      "li",
      { "data-key": image.name },
      picture(image),
      h("span", { class: "caption", title: image.caption }, image.caption),
      // Cosines of CLIP lie close together: bars compare with the best.
      bar(share ?? (best > 0 ? cosine / best : 0)),
      h(
        "span",
        { class: "values" },
        ...(share === undefined ? [] : [h("span", { class: "share" }, percent(share))]),
        h(
          "span",
          { class: "cosine" },
          h("span", { class: "hidden" }, "cosine "),
          cosineText(cosine),
        ),
      ),
      removeButton(image, remove),
    )
  );
  return h("ol", { class: "cards", "aria-label": "Images, best first" }, ...cards);
}

/**
 * The card of an image that the server could not read.
 * @param {TrayImage} image
 * @param {(image: TrayImage) => void} remove
 */
export function badCard(image, remove) {
  return h(
    "li",
    { "data-key": image.name, class: "bad" },
    h("span", { class: "no-picture" }, "unreadable"),
    h("span", { class: "caption" }, image.name),
    h("span", { class: "reason" }, image.failure),
    h("button", { type: "button", class: "button quiet", click: () => remove(image) }, "Remove"),
  );
}

/**
 * @param {TrayImage} image
 * @param {(image: TrayImage) => void} remove
 */
export function removeButton(image, remove) {
  return h("button", {
    type: "button",
    class: "remove",
    title: "Remove",
    "aria-label": `Remove ${image.caption}`,
    click: () => remove(image),
  }, "×");
}

/**
 * An image of the tray; a format that the browser cannot show is named instead.
 * @param {TrayImage} image
 */
export function picture({ src, name }) {
  const element = h("img", { src, alt: "", draggable: "false", decoding: "async" });
  element.addEventListener("error", () => {
    element.replaceWith(h("span", { class: "no-picture" }, name.split(".").at(-1) ?? name));
  });
  return element;
}

/**
 * Shows new results in the place of old ones; what was there already moves to where it is now.
 * @param {HTMLElement} place
 * @param {HTMLElement} results
 */
export function showMoving(place, results) {
  const before = positions(place);
  place.replaceChildren(results);
  if (still()) return;
  for (const element of keyed(place)) {
    const old = before.get(element.dataset["key"] ?? "");
    if (!old) continue;
    const now = element.getBoundingClientRect();
    const [dx, dy] = [old.left - now.left, old.top - now.top];
    if (dx === 0 && dy === 0) continue;
    element.animate(
      [{ transform: `translate(${dx}px, ${dy}px)` }, { transform: "none" }],
      { duration: MOVE_MS, easing: "cubic-bezier(.2, .7, .2, 1)" },
    );
  }
}

/** @param {HTMLElement} place */
function positions(place) {
  return new Map(keyed(place).map((e) => [e.dataset["key"] ?? "", e.getBoundingClientRect()]));
}

/**
 * @param {HTMLElement} place
 * @returns {HTMLElement[]}
 */
function keyed(place) {
  return [...place.querySelectorAll("[data-key]")].filter((e) => e instanceof HTMLElement);
}
