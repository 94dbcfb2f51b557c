/**
 * `node:http` under a handler. It tells when a client leaves, whatever the client has sent, which
 * `Deno.serve` (2.9.6) does not; there is nothing between a request and its handler but what the
 * handler asks for.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { ClipError } from "../../errors.ts";
import { faultText, type Log } from "../../telemetry/log.ts";
import { mayReadOn } from "../admission/read_turns.ts";
import { type Peer, peerOf } from "../admission/peer.ts";
import type { Receiving } from "../admission/receiving.ts";
import type { Lifecycle } from "../../service/lifecycle.ts";
import type { HttpExchange, HttpHandler } from "./http_exchange.ts";
import { packAnswer } from "./packing.ts";
import { sendBody } from "./send_body.ts";
import { BAD_TARGET, readTarget, type Target } from "./target.ts";

/** How long, and how much, a client may go on sending a body that was refused. */
const LINGER_MS = 2_000;
const LINGER_BYTES = 16 * 2 ** 20;

/** How answers go out. */
export interface NodeServeOptions {
  /** The flow asks for packed answers. */
  packAlways: boolean;
  /** Counts answers that wait to be taken. */
  receiving: Receiving;
  /** A server that ends wants no connection used again. */
  lifecycle: Pick<Lifecycle, "ending">;
  /** Told of answers that could not be written although their client is there. */
  log: Log;
}

/** Serves one exchange. Never throws. */
export async function serveNode(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  handler: HttpHandler,
  { packAlways, receiving, lifecycle, log }: NodeServeOptions,
): Promise<void> {
  // Of a client that has gone its response's close tells; without a hearer an error ends the process.
  outgoing.on("error", ignore);
  try {
    const { host, "accept-encoding": accept } = incoming.headers;
    const target = readTarget(incoming.url ?? "/", host);
    const answer = target
      ? await handler(new NodeExchange(incoming, outgoing, target))
      : BAD_TARGET;
    // Nobody is there to read it.
    if (incoming.errored) return void outgoing.destroy();
    const packed = await packAnswer(answer, accept as string | undefined, packAlways);
    const { status, headers, body } = packed;
    for (const name in headers) outgoing.setHeader(name, headers[name]!);
    // A refused body is not worth reading: its connection cannot be used again.
    const unread = !incoming.complete;
    if (unread || lifecycle.ending) outgoing.setHeader("connection", "close");
    outgoing.statusCode = status;
    if (body !== null) outgoing.setHeader("content-length", body.length);
    const bodiless = body === null || incoming.method === "HEAD";
    const sending = bodiless ? outgoing.end() : sendBody(outgoing, body, receiving);
    if (unread) linger(incoming);
    await sending;
  } catch (thrown) {
    if (!outgoing.destroyed) {
      log.error("An answer could not be written", { reason: faultText(thrown) });
    }
    outgoing.destroy();
  }
}

class NodeExchange implements HttpExchange {
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  #gone: AbortController | undefined;
  readonly path: string;
  readonly query: string;
  declare key?: string;
  // In place from the start: an object that grows costs more than small requests should.
  route = "";

  constructor(incoming: IncomingMessage, outgoing: ServerResponse, { path, query }: Target) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.path = path;
    this.query = query;
  }

  get method(): string {
    return this.#incoming.method ?? "GET";
  }

  header(name: string): string | undefined {
    const value = this.#incoming.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  get peer(): Peer {
    return peerOf(this.#incoming.socket);
  }

  get signal(): AbortSignal {
    if (this.#gone) return this.#gone.signal;
    const gone = this.#gone = new AbortController();
    const outgoing = this.#outgoing;
    const leave = () => {
      if (!outgoing.writableFinished) gone.abort(left());
    };
    if (outgoing.closed || outgoing.destroyed) leave();
    else outgoing.once("close", leave);
    return gone.signal;
  }

  pieces(receive: (piece: Uint8Array) => void): Promise<void> {
    const incoming = this.#incoming;
    const outgoing = this.#outgoing;
    if (incoming.method === "GET" || incoming.method === "HEAD") return Promise.resolve();
    return new Promise((resolve, reject) => {
      const onData = (piece: Uint8Array) => {
        try {
          receive(piece);
          if (!mayReadOn(piece.length, goOn)) incoming.pause();
        } catch (thrown) {
          settle();
          incoming.pause();
          reject(thrown);
        }
      };
      let settled = false;
      const goOn = () => {
        if (!settled) incoming.resume();
      };
      const onEnd = () => {
        settle();
        resolve();
      };
      // The response's close tells of every departure; the request's own events do not.
      const onGone = () => {
        settle();
        reject(left());
      };
      const settle = () => {
        settled = true;
        incoming.off("data", onData);
        incoming.off("end", onEnd);
        incoming.off("error", onGone);
        outgoing.off("close", onGone);
      };
      if (outgoing.closed || outgoing.destroyed) return reject(left());
      incoming.on("data", onData);
      incoming.once("end", onEnd);
      incoming.once("error", onGone);
      outgoing.once("close", onGone);
    });
  }
}

function ignore(): void {}

function left(): ClipError {
  return new ClipError("cancelled", "The client has gone");
}

/**
 * Throws away what a client still sends, for a moment: a connection closed at once would be reset,
 * and the answer with it (RFC 9112, section 9.6).
 */
function linger(incoming: IncomingMessage): void {
  const { socket } = incoming;
  let left = LINGER_BYTES;
  // The server would destroy it as soon as the answer is written. One that has gone cannot end, and
  // the error that says so costs more than its whole request did.
  socket.destroySoon = () => {
    if (!socket.destroyed) socket.end();
  };
  // Whoever was reading the body has no use for it, and would stop at the next piece.
  incoming.removeAllListeners("data");
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  incoming.on("data", (chunk: Uint8Array) => {
    left -= chunk.length;
    if (left < 0) socket.destroy();
  });
  // A broken body is as good as its end.
  incoming.on("error", ignore);
  socket.once("close", () => clearTimeout(timer));
  incoming.resume();
}
