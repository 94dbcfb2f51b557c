/** An upload's progress, and what went wrong with it. */
import { announce, byId, h } from "./dom.js";
import { Failure, showFailure } from "./failure.js";

/** @typedef {import("./upload.js").Upload} Upload */

/** Failures that are listed. */
const SHOWN_FAILURES = 100;

/**
 * Shows an upload as long as there is something to say of it.
 * @param {Upload} upload
 */
export function openUploadPanel(upload) {
  const place = byId("upload", HTMLElement);
  const progress = byId("upload-progress", HTMLProgressElement);
  const state = byId("upload-state", HTMLElement);
  const stop = byId("upload-stop", HTMLButtonElement);
  const goOn = byId("upload-go-on", HTMLButtonElement);
  const close = byId("upload-close", HTMLButtonElement);
  const trouble = byId("upload-failure", HTMLElement);
  const list = byId("upload-failures", HTMLElement);
  /** @type {Upload["halted"]} */
  let shownHalt;
  let shownFailures = 0;

  const show = () => {
    const { done, total, failed, unfinished, running, halted } = upload;
    place.hidden = false;
    progress.max = Math.max(1, total);
    progress.value = done;
    state.textContent = stateOf(upload);
    stop.hidden = !unfinished || halted !== undefined;
    goOn.hidden = !unfinished || halted === undefined;
    close.hidden = unfinished && (halted === undefined || running);
    close.textContent = unfinished ? "Leave out the rest" : "Close";
    if (halted !== shownHalt) {
      shownHalt = halted;
      showFailure(trouble, halted instanceof Failure ? halted : undefined);
    }
    if (failed !== shownFailures) {
      shownFailures = failed;
      showFailures(list, upload);
    }
  };
  upload.addEventListener("change", show);
  upload.addEventListener("end", () => announce(stateOf(upload)));
  stop.addEventListener("click", () => {
    upload.stop();
    goOn.focus();
  });
  goOn.addEventListener("click", () => {
    upload.goOn();
    stop.focus();
  });
  close.addEventListener("click", () => {
    if (upload.unfinished) upload.leaveOut();
    place.hidden = true;
    byId("index-query", HTMLInputElement).focus();
  });
}

/** @param {Upload} upload */
function stateOf({ done, total, failed, skipped, same, looking, rate, unfinished, halted }) {
  const parts = [
    `${done.toLocaleString("en")} of ${total.toLocaleString("en")}${
      looking > 0 ? " or more" : ""
    }` +
    (total === 1 ? " picture" : " pictures"),
    ...(halted !== undefined && unfinished ? ["stopped"] : []),
    ...(unfinished && halted === undefined && rate > 0
      ? [`${rate < 10 ? rate.toFixed(1) : Math.round(rate)} /s`]
      : []),
    ...(failed > 0 ? [`${failed.toLocaleString("en")} failed`] : []),
    ...(same > 0 ? [`${same.toLocaleString("en")} the same as others`] : []),
    ...(skipped > 0 ? [`${skipped.toLocaleString("en")} other files left out`] : []),
  ];
  return parts.join(" · ");
}

/**
 * @param {HTMLElement} place
 * @param {Upload} upload
 */
function showFailures(place, { failed, failures }) {
  if (failed === 0) return place.replaceChildren();
  const open = place.querySelector("details")?.open ?? true;
  const more = failed - Math.min(failures.length, SHOWN_FAILURES);
  const details = h(
    "details",
    {},
    h("summary", {}, failed === 1 ? "1 picture failed" : `${failed} pictures failed`),
    h(
      "ul",
      {},
      ...failures.slice(0, SHOWN_FAILURES).map(({ name, reason }) =>
        h("li", {}, h("strong", {}, name), ` ${reason}`)
      ),
      ...(more > 0 ? [h("li", {}, `and ${more} more`)] : []),
    ),
  );
  details.open = open;
  place.replaceChildren(details);
}
