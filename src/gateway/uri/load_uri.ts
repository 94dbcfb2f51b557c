/** What a document's `uri` stands for, as bytes. */
import { ClipError } from "../../errors.ts";
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
  readonly #waiting: (() => void)[] = [];
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
    while (this.#active >= this.#limits.concurrency) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#active++;
    try {
      return await this.#fetch(uri, signal);
    } finally {
      this.#active--;
      this.#waiting.shift()?.();
    }
  }

  async #fetch(uri: string, signal: AbortSignal): Promise<Uint8Array> {
    const { timeoutMs, allowPrivateUris, maxBytes, maxRedirects } = this.#limits;
    const timeout = new AbortController();
    const timer = setTimeout(() => {
      const text = `Cannot fetch the URI: no complete answer within ${timeoutMs} ms`;
      timeout.abort(new ClipError("document", text, { name: "TimeoutError" }));
    }, timeoutMs);
    try {
      const both = AbortSignal.any([signal, timeout.signal]);
      return await fetchHttp(uri, { allowPrivate: allowPrivateUris, maxBytes, maxRedirects }, both);
    } finally {
      clearTimeout(timer);
    }
  }
}
