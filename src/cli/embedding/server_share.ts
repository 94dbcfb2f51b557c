/** One of the servers that embed side by side: what it has to do, and how it does. */
import {
  type ClipClient,
  ClipClientError,
  type ClipClientErrorKind,
  plainText,
} from "../../../client/mod.ts";
import { type EmbedItem, PROBE } from "../../bulk/embedder.ts";

/** Calls of one server that are under way at a time: it computes one while others travel. */
export const CALLS_PER_SERVER = 4;

/** What is the server's, and may pass. */
const OF_SERVER: ReadonlySet<ClipClientErrorKind> = new Set(
  ["overloaded", "rate_limited", "unavailable", "connection", "timeout"] as const,
);

/** What does not speak against a server: it is there and has too much to do. */
const BUSY: ReadonlySet<ClipClientErrorKind> = new Set(["overloaded", "rate_limited"] as const);

/** A pause after a failure is up to so long, each further one twice the one before. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** Whether a failure is the server's and may pass. */
export function isOfServer(thrown: unknown): thrown is ClipClientError {
  return thrown instanceof ClipClientError && OF_SERVER.has(thrown.kind);
}

/** Why an item failed, without its number in the request, which is nobody's. */
export function reasonOf({ message, index }: ClipClientError): string {
  return index === undefined ? message : message.replace(/^Item \d+: /, "");
}

/** A server. */
export class ServerShare {
  readonly url: string;
  readonly #client: ClipClient;
  readonly #parameters: { model_name?: string };
  /** Calls that are under way. */
  busy = 0;
  /** Failures since it last answered. */
  failures = 0;
  /** Why it failed last. */
  reason = "";
  /** Before that time it is left alone, milliseconds of `performance.now()`. */
  notBefore = 0;
  /** What it makes of the probe: until that is known nobody's items are sent. */
  probe: Promise<Float32Array> | undefined;

  /** @param client of this server alone; its own tries should be few. */
  constructor(url: string, client: ClipClient, model: string | undefined) {
    this.url = url;
    this.#client = client;
    this.#parameters = model === undefined ? {} : { model_name: model };
  }

  /** Whether it may be given a call now: while it has failed, one at a time. */
  takes(now: number): boolean {
    return now >= this.notBefore && this.busy < (this.failures > 0 ? 1 : CALLS_PER_SERVER);
  }

  /** What it makes of a text that is the same for all. @throws as `encode`. */
  async embedProbe(): Promise<Float32Array> {
    const [embedding] = await this.#encode([plainText(PROBE)]);
    if (embedding instanceof Float32Array) return embedding;
    throw embedding!;
  }

  /**
   * Embeds items in one request.
   * @throws {ClipClientError} what is none of the items' fault; the signal's reason.
   */
  async encode(
    items: readonly EmbedItem[],
    signal: AbortSignal,
  ): Promise<(Float32Array | Error)[]> {
    const contents = items.map((item) => "text" in item ? plainText(item.text) : item.image);
    return await this.#encode(contents, signal);
  }

  async #encode(
    contents: readonly (Uint8Array | ReturnType<typeof plainText>)[],
    signal?: AbortSignal,
  ): Promise<(Float32Array | Error)[]> {
    const matrix = await this.#client.encode(contents, {
      batchSize: contents.length,
      itemErrors: "return",
      parameters: this.#parameters,
      ...(signal === undefined ? {} : { signal }),
    });
    for (const error of matrix.errors.values()) if (isOfServer(error)) throw error;
    return contents.map((_, index) => {
      const error = matrix.errors.get(index);
      return error === undefined ? matrix.row(index).slice() : new Error(reasonOf(error));
    });
  }

  /** It answered. */
  succeeded(): void {
    this.failures = 0;
    this.notBefore = 0;
  }

  /** It did not: it is left alone for a while, at random so that not all come back together. */
  failed(error: ClipClientError, now: number): void {
    this.reason = error.message;
    if (!BUSY.has(error.kind)) this.failures++;
    const bound = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, this.failures - 1));
    this.notBefore = now + (error.retryAfterMs ?? bound * (0.5 + Math.random() / 2));
  }

  /** Closes its connections. */
  async close(): Promise<void> {
    await this.#client.close();
  }
}
