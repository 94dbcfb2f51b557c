/** The search's tab: in the index of the flow where it has one, and in this page where not. */
import { byId } from "./dom.js";
import { droppedOf } from "./folder.js";

/** The tab. */
export class SearchTab {
  #server;
  #inPage;
  #index;
  #intake;
  #visible = false;
  /** What is shown of it. @type {"nothing" | "page" | "index"} */
  #shown = "nothing";

  /**
   * @param {import("./server_panel.js").ServerPanel} server
   * @param {import("./search_view.js").SearchView} inPage
   * @param {import("./index_view.js").IndexView} index
   * @param {import("./index_intake.js").IndexIntake} intake
   */
  constructor(server, inPage, index, intake) {
    this.#server = server;
    this.#inPage = inPage;
    this.#index = index;
    this.#intake = intake;
    server.addEventListener("indexer", () => this.#turn());
    intake.addEventListener("indexed", () => void this.#look());
  }

  /** @param {boolean} visible */
  show(visible) {
    this.#visible = visible;
    this.#turn();
  }

  /**
   * Queries to try.
   * @param {string[]} texts
   */
  suggest(texts) {
    this.#inPage.suggest(texts);
    this.#index.suggest(texts);
  }

  /** Whether what the visitor drops and pastes is for the index. */
  get takesPictures() {
    return this.#shown === "index";
  }

  /**
   * What is dropped goes into the index; one picture on the field is what to look for.
   * @param {DragEvent} event
   */
  drop(event) {
    const { dataTransfer, target } = event;
    if (!dataTransfer) return;
    const dropped = droppedOf(dataTransfer);
    const [picture] = dataTransfer.files;
    const onField = target instanceof Node && byId("index-form", HTMLElement).contains(target);
    if (onField && picture && dropped.length === 1) this.#index.search(picture);
    else this.#intake.take(dropped);
  }

  /**
   * A picture that is pasted is what to look for.
   * @param {File[]} files
   */
  paste([picture, ...others]) {
    if (picture && others.length === 0) this.#index.search(picture);
    else if (picture) this.#intake.take([picture, ...others]);
  }

  #turn() {
    const { known, indexer } = this.#server;
    const shown = !this.#visible || !known ? "nothing" : indexer ? "index" : "page";
    if (shown === this.#shown) return;
    this.#shown = shown;
    byId("index-bar", HTMLElement).hidden = shown !== "index";
    byId("images-bar", HTMLElement).hidden = shown === "index";
    byId("in-index", HTMLElement).hidden = shown !== "index";
    byId("in-page", HTMLElement).hidden = shown !== "page";
    byId("drop-hint", HTMLElement).textContent = shown === "index"
      ? "Drop pictures and folders into the index, or one picture on the field to search by it"
      : "Drop images anywhere";
    this.#inPage.show(shown === "page");
    this.#index.show(shown === "index");
  }

  /** Shows what has come into the index. */
  async #look() {
    await this.#server.ask();
    if (this.#shown === "index") await this.#index.ask(true);
  }
}
