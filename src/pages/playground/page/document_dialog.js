/** One document of the index, as large as it is kept. */
import { faceOf } from "./document_face.js";
import { byId, h } from "./dom.js";
import { details, face } from "./result_grid.js";
import { sampleUrl } from "./samples.js";

/** @typedef {import("./calls.js").ResultDocument} ResultDocument */

/**
 * Shows a document above the page until it is closed.
 * @param {ResultDocument} document
 * @param {(id: string) => Promise<Blob> | undefined} original the picture itself, where this page
 * has sent it
 * @param {Pick<import("./result_grid.js").Actions, "like" | "remove">} actions
 */
export async function openDocument(document, original, actions) {
  const dialog = byId("document-dialog", HTMLDialogElement);
  const { title, link } = faceOf(document, sampleUrl(""));
  const close = () => dialog.close();
  /** @param {(document: ResultDocument) => void} act */
  const after = (act) => () => {
    close();
    act(document);
  };
  const frame = h("div", { class: "large" }, face(document));
  dialog.replaceChildren(
    h("h2", { id: "document-title" }, title),
    frame,
    h(
      "p",
      { class: "dialog-actions" },
      h(
        "button",
        { type: "button", class: "button", click: after(actions.like) },
        "More like this",
      ),
      h("button", { type: "button", class: "button", click: after(actions.remove) }, "Remove"),
      ...(link
        ? [h("a", { href: link, target: "_blank", rel: "noopener noreferrer" }, "Open its address")]
        : []),
      h("button", { type: "button", class: "button primary", click: close }, "Close"),
    ),
    details(document),
  );
  dialog.onclick = (event) => {
    // The dialog itself is what lies around its contents.
    if (event.target === dialog) close();
  };
  dialog.showModal();
  try {
    const picture = await original(document.id);
    if (!picture || !dialog.open || !frame.isConnected) return;
    const src = URL.createObjectURL(picture);
    dialog.addEventListener("close", () => URL.revokeObjectURL(src), { once: true });
    frame.replaceChildren(face(document, src));
  } catch {
    // The file was moved since: the small picture is what there is.
  }
}

/**
 * Asks before everything is removed.
 * @param {string} question
 * @param {() => void} act
 */
export function confirmClearing(question, act) {
  const dialog = byId("clear-dialog", HTMLDialogElement);
  const close = () => dialog.close();
  dialog.replaceChildren(
    h("h2", { id: "clear-title" }, "Clear the index?"),
    h("p", {}, question),
    h(
      "p",
      { class: "dialog-actions" },
      h("button", { type: "button", class: "button", autofocus: true, click: close }, "Keep them"),
      h("button", {
        type: "button",
        class: "button danger",
        click: () => {
          close();
          act();
        },
      }, "Remove all"),
    ),
  );
  dialog.showModal();
}
