/** The ways in for images: a button, dropping, pasting. */
import { byId } from "./dom.js";
import { showFailure } from "./failure.js";

/**
 * Lets images in: into the tray, or to the search where it has an index.
 * @param {import("./tray.js").Tray} tray
 * @param {import("./search_tab.js").SearchTab} search
 * @param {() => void} restoreSamples
 */
export function openIntake(tray, search, restoreSamples) {
  const input = byId("files", HTMLInputElement);
  const veil = byId("drop-veil", HTMLElement);
  const place = byId("intake-failure", HTMLElement);
  const count = byId("image-count", HTMLElement);

  /** @param {Iterable<File>} files */
  const add = (files) => showFailure(place, tray.add(files));

  byId("add-images", HTMLButtonElement).addEventListener("click", () => input.click());
  byId("samples", HTMLButtonElement).addEventListener("click", restoreSamples);
  byId("remove-images", HTMLButtonElement).addEventListener("click", () => tray.clear());
  input.addEventListener("change", () => {
    add([...input.files ?? []]);
    // The same file may be chosen again.
    input.value = "";
  });

  // dragenter and dragleave come for every element on the way: only their count says where we are.
  let depth = 0;
  /** @param {number} value */
  const setDepth = (value) => {
    depth = Math.max(0, value);
    veil.hidden = depth === 0;
  };
  addEventListener("dragenter", (event) => {
    if (event.dataTransfer?.types.includes("Files")) setDepth(depth + 1);
  });
  addEventListener("dragleave", () => setDepth(depth - 1));
  addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  addEventListener("drop", (event) => {
    setDepth(0);
    const files = event.dataTransfer?.files;
    if (!files?.length) return;
    event.preventDefault();
    if (search.takesPictures) search.drop(event);
    else add(files);
  });
  addEventListener("paste", (event) => {
    const files = [...event.clipboardData?.files ?? []];
    if (files.length === 0) return;
    event.preventDefault();
    if (search.takesPictures) search.paste(files);
    else add(files);
  });

  tray.addEventListener("change", () => {
    const { length } = tray.images;
    count.textContent = length === 1 ? "1 image" : `${length} images`;
  });
}
