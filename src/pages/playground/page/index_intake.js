/** The ways in to the index: folders, files and samples; chosen, dropped or pasted. */
import { call } from "./calls.js";
import { byId } from "./dom.js";
import { Failure, failureOf } from "./failure.js";
import { picturesIn } from "./folder.js";
import { indexRequest } from "./index_requests.js";
import { prepare } from "./picture_document.js";
import { listSamples, readSample, sampleUrl } from "./samples.js";
import { Upload } from "./upload.js";
import { openUploadPanel } from "./upload_panel.js";

/** @typedef {import("./folder.js").Source} Source */

/** A server that is busy, or out of reach for a moment, is asked again for some seconds. */
const PATIENCE = { retries: 4, baseMs: 500 };
/** While an upload goes on, its requests and the newest documents are shown this often. */
const SHOWN_EVERY_MS = 4000;

/** Fires "indexed" when documents have come into the index. */
export class IndexIntake extends EventTarget {
  #server;
  #onExchange;
  #upload;
  #shownAt = -Infinity;
  /** What this page has sent, by the document's id: handles of files. @type {Map<string, Source>} */
  #sent = new Map();

  /**
   * @param {import("./server_panel.js").ServerPanel} server
   * @param {(exchange: import("./calls.js").Exchange) => void} onExchange
   */
  constructor(server, onExchange) {
    super();
    this.#server = server;
    this.#onExchange = onExchange;
    this.#upload = new Upload(
      (source) => prepare(source, server.indexer?.columns ?? {}),
      (batch, signal) => this.#post(batch, signal),
    );
    openUploadPanel(this.#upload);
    this.#upload.addEventListener("end", () => this.dispatchEvent(new Event("indexed")));
    server.addEventListener("ready", () => {
      if (this.#upload.halted instanceof Failure) this.#upload.goOn();
    });
    this.#openInput("index-folder", "index-folder-input");
    this.#openInput("index-files", "index-files-input");
    byId("index-samples", HTMLButtonElement).addEventListener("click", () => {
      void this.#upload.take(samples());
    });
  }

  /**
   * The picture of a document itself, where this page has sent it.
   * @param {string} id
   * @returns {Promise<Blob> | undefined}
   */
  original = (id) => this.#sent.get(id)?.read();

  /**
   * Takes pictures, and folders of them.
   * @param {Iterable<FileSystemEntry | File>} dropped
   */
  take(dropped) {
    void this.#upload.take(picturesIn(dropped));
  }

  /**
   * @param {string} button
   * @param {string} input
   */
  #openInput(button, input) {
    const files = byId(input, HTMLInputElement);
    byId(button, HTMLButtonElement).addEventListener("click", () => files.click());
    files.addEventListener("change", () => {
      this.take([...files.files ?? []]);
      // The same folder may be chosen again.
      files.value = "";
    });
  }

  /** @type {import("./upload.js").Post} */
  async #post(batch, signal) {
    const request = indexRequest(batch.map(({ picture }) => picture), this.#server.parameters);
    const shown = performance.now() - this.#shownAt > SHOWN_EVERY_MS;
    const documents = await call(request, {
      signal,
      itemErrors: "return",
      retry: PATIENCE,
      onExchange: (exchange) => {
        if (shown || exchange.status !== 200) this.#onExchange(exchange);
      },
    });
    const refused = new Map(documents.flatMap(({ id, error }) => {
      return error ? [/** @type {const} */ ([id, failureOf(error)])] : [];
    }));
    for (const { source, picture } of batch) {
      if (!refused.has(picture.id)) this.#sent.set(picture.id, source);
    }
    if (shown) {
      this.#shownAt = performance.now();
      this.dispatchEvent(new Event("indexed"));
    }
    return refused;
  }
}

/** @returns {AsyncGenerator<Source>} */
async function* samples() {
  const { images } = await listSamples();
  for (const { file, caption } of images) {
    yield {
      name: file,
      folder: "",
      caption,
      url: sampleUrl(file),
      read: () => readSample(file),
    };
  }
}
