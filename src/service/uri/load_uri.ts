/** What a document's `uri` stands for, as bytes. */
import { withDeadline } from "../../deadline.ts";
import { ClipError } from "../../errors.ts";
import { Turns } from "../../turns.ts";
import { decodeDataUri } from "./data_uri.ts";
import { HostTurns } from "./host_turns.ts";
import { fetchHttp, parseHttpUrl } from "./http_uri.ts";
import { readLocalFile } from "./local_file.ts";

/** What the server may load on a client's word. */
export interface UriLimits {
  allowPrivateUris: boolean;
  /** Absolute directories; empty for none. */
  allowLocalFiles: readonly string[];
  /** Time of one fetch from the look-up of the name to the last byte, redirects included, ms. */
  timeoutMs: number;
  maxBytes: number;
  maxRedirects: number;
  /** Fetches at one time, all requests together; a quarter of them of one host. */
  concurrency: number;
  /** Servers are told which trace a fetch belongs to. */
  traceContext?: boolean;
}

/** Loads URIs, a limited number at one time. */
export class UriLoader {
  readonly #limits: UriLimits;
  readonly #turns = new Turns();
  readonly #hosts: HostTurns;
  /** Fetches under way, by the request that asked for them and by URI. */
  readonly #underWay = new WeakMap<AbortSignal, Map<string, Promise<Uint8Array>>>();
  #active = 0;

  constructor(limits: UriLimits) {
    this.#limits = limits;
    this.#hosts = new HostTurns(Math.max(1, Math.floor(limits.concurrency / 4)));
  }

  /**
   * Loads a URI. A request that names one twice has it fetched once.
   * @param signal the request's.
   * @param traceparent the trace that it belongs to, by W3C Trace Context.
   * @throws {ClipError} "document" with the reason; the signal's reason when it fires.
   */
  async load(uri: string, signal: AbortSignal, traceparent?: string): Promise<Uint8Array> {
    const { maxBytes, allowLocalFiles } = this.#limits;
    if (/^data:/i.test(uri)) return await decodeDataUri(uri, maxBytes);
    if (!/^https?:/i.test(uri)) return await readLocalFile(uri, allowLocalFiles, maxBytes);
    let mine = this.#underWay.get(signal);
    if (!mine) this.#underWay.set(signal, mine = new Map());
    let fetched = mine.get(uri);
    if (!fetched) {
      const forget = () => mine.delete(uri);
      mine.set(uri, fetched = this.#fetchInTurn(uri, signal, traceparent).finally(forget));
    }
    return await fetched;
  }

  async #fetchInTurn(
    uri: string,
    signal: AbortSignal,
    traceparent: string | undefined,
  ): Promise<Uint8Array> {
    const url = parseHttpUrl(uri);
    const { concurrency } = this.#limits;
    const leaveHost = await this.#hosts.enter(url.hostname, signal);
    try {
      await this.#turns.wait(() => this.#active < concurrency ? ++this.#active : undefined, signal);
      try {
        return await this.#fetch(url, signal, traceparent);
      } finally {
        this.#active--;
        this.#turns.proceed();
      }
    } finally {
      leaveHost();
    }
  }

  async #fetch(
    url: URL,
    signal: AbortSignal,
    traceparent: string | undefined,
  ): Promise<Uint8Array> {
    const { timeoutMs, allowPrivateUris, maxBytes, maxRedirects, traceContext } = this.#limits;
    const deadline = withDeadline(signal, timeoutMs, () => {
      const text = `Cannot fetch the URI: no complete answer within ${timeoutMs} ms`;
      return new ClipError("document", text, { name: "TimeoutError" });
    });
    try {
      const limits = {
        allowPrivate: allowPrivateUris,
        maxBytes,
        maxRedirects,
        traceparent: traceContext ? traceparent : undefined,
      };
      return await fetchHttp(url, limits, deadline.signal);
    } finally {
      deadline.clear();
    }
  }
}
