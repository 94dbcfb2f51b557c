/** Documents of an index as a grid, best first. */
import { detailsOf, distanceOf, faceOf, likeness } from "./document_face.js";
import { h } from "./dom.js";
import { sampleUrl } from "./samples.js";
import { bar } from "./score_list.js";

/** @typedef {import("./calls.js").ResultDocument} ResultDocument */

const SHOWN_CHARACTERS = 200;

/**
 * What can be done with a document.
 * @typedef {object} Actions
 * @property {(document: ResultDocument) => void} open
 * @property {(document: ResultDocument) => void} like searches for more like it
 * @property {(document: ResultDocument) => void} remove
 */

/**
 * The grid.
 * @param {ResultDocument[]} documents
 * @param {string} label
 * @param {Actions} actions
 */
export function resultGrid(documents, label, actions) {
  const shares = relative(documents);
  return h(
    "ol",
    { class: "cards found", "aria-label": label },
    ...documents.map((document, i) => card(document, shares[i], actions)),
  );
}

/**
 * @param {ResultDocument} document
 * @param {number | undefined} share length of its bar
 * @param {Actions} actions
 */
function card(document, share, { open, like, remove }) {
  const { title, text } = faceOf(document, sampleUrl(""));
  const action = (/** @type {(document: ResultDocument) => void} */ act) => () => act(document);
  return h(
    "li",
    { "data-key": document.id },
    h(
      "button",
      {
        type: "button",
        class: "face",
        "aria-label": `Open ${shortened(text ?? title)}`,
        click: action(open),
      },
      face(document),
    ),
    h("span", { class: "caption", title: shortened(title) }, shortened(title)),
    ...(share === undefined ? [] : [bar(share)]),
    ...values(document),
    h("button", {
      type: "button",
      class: "like",
      "aria-label": `More like this: ${shortened(title)}`,
      click: action(like),
    }, "More like this"),
    h("button", {
      type: "button",
      class: "remove",
      title: "Remove from the index",
      "aria-label": `Remove ${shortened(title)} from the index`,
      click: action(remove),
    }, "×"),
  );
}

/**
 * A document's picture, or its words.
 * @param {ResultDocument} document
 * @param {string} [larger] a better picture of it
 */
export function face(document, larger) {
  const { src, text, title } = faceOf(document, sampleUrl(""));
  const words = () => h("span", { class: "words" }, shortened(text ?? title));
  const shown = larger ?? src;
  if (shown === undefined) return words();
  const image = h("img", {
    alt: "",
    draggable: "false",
    decoding: "async",
    loading: "lazy",
    referrerpolicy: "no-referrer",
    src: shown,
  });
  // A format that the browser cannot draw, though the server could read it.
  image.addEventListener("error", () => image.replaceWith(words()), { once: true });
  return image;
}

/**
 * Its scores in words.
 * @param {ResultDocument} document
 */
function values(document) {
  const scored = distanceOf(document);
  if (!scored) return [];
  const { metric, distance } = scored;
  const like = likeness(metric, distance);
  return [
    h(
      "span",
      { class: "values" },
      ...(like
        ? [h("span", {}, h("span", { class: "hidden" }, `${like.name} `), number(like.value))]
        : []),
      h(
        "span",
        { class: "cosine", title: `${metric.replace("_", " ")} distance: 0 is equal` },
        h("span", { class: "hidden" }, `${metric} distance `),
        h("span", { "aria-hidden": "true" }, "d "),
        number(distance),
      ),
    ),
  ];
}

/**
 * Everything that is known of a document, and its scores.
 * @param {ResultDocument} document
 */
export function details(document) {
  const scored = distanceOf(document);
  const like = scored && likeness(scored.metric, scored.distance);
  /** @type {[string, string][]} */
  const rows = [
    ...(like ? [/** @type {[string, string]} */ ([like.name, number(like.value)])] : []),
    ...(scored
      ? [/** @type {[string, string]} */ ([`${scored.metric} distance`, number(scored.distance)])]
      : []),
    ...detailsOf(document),
  ];
  return h(
    "dl",
    { class: "details" },
    ...rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );
}

/**
 * Lengths of bars: scores lie close together, so they compare with the best.
 * @param {ResultDocument[]} documents
 */
function relative(documents) {
  const scores = documents.map(distanceOf);
  const [best] = scores;
  return scores.map((scored) => {
    if (!scored || !best) return undefined;
    const [top, own] = [best, scored].map(({ metric, distance }) =>
      likeness(metric, distance)?.value ?? 1 / (1 + distance)
    );
    return top !== undefined && own !== undefined && top > 0 ? own / top : 0;
  });
}

/**
 * Others may keep whole books as a document's text; the details have all of it.
 * @param {string} text
 */
function shortened(text) {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

/** @param {number} value */
function number(value) {
  const text = Math.abs(value) < 1000 ? value.toFixed(3) : value.toPrecision(4);
  // What is left of the rounding of floats is no sign.
  return text.replace(/^-(?=0\.0*$)/, "").replace("-", "−");
}
