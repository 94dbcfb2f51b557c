/** What a document's `uri` stands for, as bytes. */
import { withDeadline } from "../../deadline.ts";
import { ClipError } from "../../errors.ts";
import { Turns } from "../../turns.ts";
import { decodeDataUri } from "./data_uri.ts";
import { fetchHttp } from "./http_uri.ts";
import { readLocalFile } from "./local_file.ts";

/** What the server may load on a client's word. */
export interface UriLimits {
  allowPrivateUris: boolean;
  /** Absolute directories; empty for none. */
  allowLocalFiles: readonly string[];
  /** Time of one load, redirects included, milliseconds. */
  timeoutMs: number;
  maxBytes: number;
  maxRedirects: number;
  /** Loads at one time, all requests together. */
  concurrency: number;
}

/** Loads URIs, a limited number at one time. */
export class UriLoader {
  readonly #limits: UriLimits;
  readonly #turns = new Turns();
  #active = 0;

  constructor(limits: UriLimits) {
    this.#limits = limits;
  }

  /**
   * Loads a URI.
   * @throws {ClipError} "document" with the reason; the signal's reason when it fires.
   */
  async load(uri: string, signal: AbortSignal): Promise<Uint8Array> {
    const { maxBytes, allowLocalFiles } = this.#limits;
    if (/^data:/i.test(uri)) return decodeDataUri(uri, maxBytes);
    if (!/^https?:/i.test(uri)) return await readLocalFile(uri, allowLocalFiles, maxBytes);
    const { concurrency } = this.#limits;
    await this.#turns.wait(() => this.#active < concurrency ? ++this.#active : undefined, signal);
    try {
      return await this.#fetch(uri, signal);
    } finally {
      this.#active--;
      this.#turns.proceed();
    }
  }

  async #fetch(uri: string, signal: AbortSignal): Promise<Uint8Array> {
    const { timeoutMs, allowPrivateUris, maxBytes, maxRedirects } = this.#limits;
    const deadline = withDeadline(signal, timeoutMs, () => {
      const text = `Cannot fetch the URI: no complete answer within ${timeoutMs} ms`;
      return new ClipError("document", text, { name: "TimeoutError" });
    });
    try {
      const limits = { allowPrivate: allowPrivateUris, maxBytes, maxRedirects };
      return await fetchHttp(uri, limits, deadline.signal);
    } finally {
      deadline.clear();
    }
  }
}
