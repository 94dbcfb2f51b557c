/** Over HTTP: each request is a `POST` of JSON. */
import type { DataRequest, DataResponse } from "../../src/dialects/jina/document/request.ts";
import { ClipClientError, wordsOf } from "../errors.ts";
import { encodeRequestJson } from "../wire/json_request.ts";
import { decodeResponseJson } from "../wire/json_response.ts";
import { httpFailure } from "./http_failure.ts";
import { type HttpReply, type Post, postByFetch } from "./post.ts";
import type { ConnectOptions, SendOptions, Session, TlsOptions, Transport } from "./transport.ts";

/** Bodies that are not packed: it would cost more than it saves. */
const SMALL_CHARACTERS = 1 << 12;

/** A server behind `http:` or `https:`. */
export class HttpTransport implements Transport, Session {
  readonly #base: string;
  readonly #headers: Record<string, string>;
  readonly #compress: boolean;
  readonly #tls: TlsOptions | undefined;
  #post: Post | undefined;
  /** The server has no `/post` (`no_debug_endpoints`): endpoints are paths. */
  #byPath = false;

  constructor({ url, authorization, headers, tls, compress }: ConnectOptions) {
    this.#base = url.href.replace(/\/+$/, "");
    this.#headers = {
      "content-type": "application/json",
      ...(authorization === undefined ? {} : { authorization }),
      ...headers,
    };
    this.#compress = compress;
    this.#tls = tls;
  }

  /** HTTP has no session: every request stands for itself. */
  open(): Session {
    return this;
  }

  async send(request: DataRequest, options: SendOptions): Promise<DataResponse> {
    const body = encodeRequestJson(request);
    let reply = await this.#exchange(this.#byPath ? request.execEndpoint : "/post", body, options);
    if (reply.status === 404 && !this.#byPath && request.execEndpoint !== "/") {
      const again = await this.#exchange(request.execEndpoint, body, options);
      if (again.status !== 404) {
        this.#byPath = true;
        reply = again;
      }
    }
    if (reply.status !== 200) throw httpFailure(reply);
    return decodeResponseJson(reply.text);
  }

  close(): void {}

  async #exchange(
    path: string,
    text: string,
    { signal, safe, onExchange, trace }: SendOptions,
  ): Promise<HttpReply> {
    const packed = this.#compress && text.length >= SMALL_CHARACTERS;
    const body = packed ? await gzip(text) : text;
    const headers = {
      ...this.#headers,
      ...trace,
      ...(packed ? { "content-encoding": "gzip" } : {}),
    };
    const url = this.#base + path;
    let reply: HttpReply;
    let ms: number;
    try {
      const post = safe ? this.#post ??= await poster(this.#tls) : await posterOnce(this.#tls);
      const began = performance.now();
      reply = await post(url, headers, body, signal);
      ms = performance.now() - began;
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof ClipClientError) throw thrown;
      const reason = `Cannot reach ${this.#base}: ${wordsOf(thrown)}`;
      throw new ClipClientError(
        "connection",
        `${reason}. Is the server running there, with the protocol 'http' in its flow?`,
        { reason, cause: thrown },
      );
    }
    onExchange?.({ url, sent: text, status: reply.status, received: reply.text, ms });
    return reply;
  }
}

/** The runtime's `fetch`; or Node's module, which can be given certificates. */
async function poster(tls: TlsOptions | undefined): Promise<Post> {
  if (tls === undefined) return postByFetch;
  const { nodePost } = await import("./https_node.ts");
  return nodePost(tls, true);
}

/**
 * For what must not arrive twice: a connection of its own, as Deno (2.9.6) and browsers send a body
 * again by themselves where one breaks that was used before.
 */
async function posterOnce(tls: TlsOptions | undefined): Promise<Post> {
  const { nodePost } = await import("./https_node.ts");
  return nodePost(tls, false);
}

async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}
