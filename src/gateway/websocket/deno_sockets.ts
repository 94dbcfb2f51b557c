/** WebSockets of `Deno.serve`. Their reading cannot be stopped: frames wait here. */
import { ClipError } from "../../errors.ts";
import type { Frame, FrameSession, WebSocketSession } from "../../exchange/websocket.ts";
import { readTarget, targetOf } from "../http/target.ts";
import type { Hold } from "../admission/held_bytes.ts";
import type { Peer } from "../admission/peer.ts";
import type { KeyHolder } from "../keys/api_keys.ts";
import { closeCode, shortenReason, WS_CLOSE } from "./close_code.ts";
import type { Caller } from "../../telemetry/request_observer.ts";
import { openedBy } from "./opened_by.ts";
import { type ClosablePort, type HeldFrame, serveSession } from "./serve_session.ts";
import { offeredSubprotocols, spokenSubprotocols } from "./subprotocols.ts";
import { mayOpen } from "../http/cors.ts";
import type { WebSocketOptions } from "./websocket_options.ts";

/** Silence after which a client is asked for a sign of life, seconds. */
const IDLE_S = 30;

/** Bytes that may wait for a client to take them before its next answer waits too. */
const MAX_UNSENT_BYTES = 2 ** 20;

/** How often is looked whether they have become fewer: there is no event for it. */
const UNSENT_POLL_MS = 10;

const UNAUTHENTICATED = { "www-authenticate": "Bearer" };

/** Serves connections of `Deno.serve` that want to become WebSockets. */
export class DenoWebSockets {
  readonly #options: WebSocketOptions;
  readonly #open = new Set<DenoPort>();
  #onEmpty: (() => void) | undefined;

  constructor(options: WebSocketOptions) {
    this.#options = options;
  }

  /** Takes over a connection; undefined if its request does not ask for that. */
  upgrade(request: Request, peer: Peer): Response | undefined {
    if (!asksForWebSocket(request.headers)) return undefined;
    const { lifecycle, routes, cors, keys } = this.#options;
    const { headers } = request;
    const host = headers.get("host") ?? undefined;
    const target = readTarget(targetOf(request.url), host);
    const route = routes.find(({ path }) => path === target?.path);
    const offered = offeredSubprotocols(headers.get("sec-websocket-protocol"));
    let holder: KeyHolder | undefined;
    if (keys !== undefined && !route?.keyless) {
      holder = keys.socketHolder((name) => headers.get(name) ?? undefined, offered);
      if (!holder) return new Response(null, { status: 401, headers: UNAUTHENTICATED });
    }
    if (!route || !mayOpen(cors, headers.get("origin") ?? undefined, host)) {
      return new Response(null, { status: 403 });
    }
    if (!lifecycle.takesWork) return new Response(null, { status: 503 });
    const spoken = spokenSubprotocols(offered);
    // Before the upgrade: what throws after it would end the whole listener.
    const session = route.open(spoken);
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: IDLE_S });
    // Not by its option `protocol`, which (2.9.6) reads lists with blanks behind their commas only.
    if (spoken[0] !== undefined) response.headers.set("sec-websocket-protocol", spoken[0]);
    socket.binaryType = "arraybuffer";
    const header = (name: string) => headers.get(name) ?? undefined;
    this.#serve(socket, session, peer, holder, openedBy(peer, holder, route.path, header));
    return response;
  }

  /** Resolves when no connection is open. */
  async closed(): Promise<void> {
    if (this.#open.size > 0) await new Promise<void>((resolve) => this.#onEmpty = resolve);
  }

  /** Closes all connections. */
  closeAll(code: number, reason: string): void {
    for (const port of this.#open) port.close(code, reason);
  }

  #serve(
    socket: WebSocket,
    session: WebSocketSession,
    peer: Peer,
    holder: KeyHolder | undefined,
    caller: Caller,
  ): void {
    if (session.kind === "told") {
      socket.onopen = () => {
        send(socket, session.frame());
        socket.close(WS_CLOSE.normal);
      };
      return;
    }
    const { maxMessageBytes, receiving } = this.#options;
    const hold = () => {
      const reception = receiving.open(peer, () => {});
      // Of a message nothing is seen before it is whole.
      reception.complete();
      return reception;
    };
    const port = new DenoPort(socket, session, maxMessageBytes, hold);
    this.#open.add(port);
    // Not by the socket's own `close`, which one that fails before it opens does not have.
    port.signal.addEventListener("abort", () => {
      this.#open.delete(port);
      if (this.#open.size === 0) this.#onEmpty?.();
    });
    void serveSession(port, session, { caller, holder }, this.#options);
  }
}

class DenoPort implements ClosablePort {
  readonly #socket: WebSocket;
  readonly #gone = new AbortController();
  readonly #waiting: HeldFrame[] = [];
  /** Of the messages that are not answered, in their order. */
  readonly #holds: Hold[] = [];
  #reader: ((frame: HeldFrame | undefined) => void) | undefined;
  #ended = false;

  /** @param hold what a message holds until its answer is sent. */
  constructor(socket: WebSocket, { isEnd }: FrameSession, maxBytes: number, hold: () => Hold) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const frame = toFrame(data);
      if (this.#ended) return;
      if (frame.length > maxBytes) return this.close(WS_CLOSE.tooBig, "The frame is too large");
      if (isEnd(frame)) return this.#end();
      const held = this.#hold(frame, hold);
      if (!held) return;
      const reader = this.#reader;
      this.#reader = undefined;
      if (reader) reader(held);
      else this.#waiting.push(held);
    };
    socket.onclose = () => this.#leave();
    socket.onerror = (event) => {
      event.preventDefault();
      this.#leave();
    };
  }

  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  read(): Promise<HeldFrame | undefined> {
    const frame = this.#waiting.shift();
    if (frame || this.#ended || this.signal.aborted) return Promise.resolve(frame);
    return new Promise((resolve) => this.#reader = resolve);
  }

  async write(frame: Frame): Promise<void> {
    send(this.#socket, frame);
    while (this.#socket.bufferedAmount > MAX_UNSENT_BYTES && !this.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, UNSENT_POLL_MS));
    }
    this.#holds.shift()?.release();
  }

  close(code: number, reason = ""): void {
    this.#end();
    const socket = this.#socket;
    const close = () => socket.close(code, new TextDecoder().decode(shortenReason(reason)));
    if (socket.readyState === WebSocket.OPEN) close();
    // Closed earlier than it is open, it would be opened all the same.
    else if (socket.readyState === WebSocket.CONNECTING) socket.onopen = close;
  }

  #hold(frame: Frame, open: () => Hold): HeldFrame | undefined {
    try {
      const hold = open();
      this.#holds.push(hold);
      hold.grow(frame.length);
      return { ...frame, grow: (bytes) => hold.grow(bytes) };
    } catch (thrown) {
      const { kind, message } = ClipError.wrap(thrown);
      this.close(closeCode(kind), message);
      return undefined;
    }
  }

  #end(): void {
    this.#ended = true;
    this.#reader?.(undefined);
    this.#reader = undefined;
  }

  #leave(): void {
    this.#gone.abort(new ClipError("cancelled", "The client closed the connection"));
    for (const hold of this.#holds.splice(0)) hold.release();
    this.#end();
  }
}

/** The head of an opening handshake (RFC 6455, section 4.2.1); others are plain requests. */
function asksForWebSocket(headers: Headers): boolean {
  return headers.get("upgrade")?.toLowerCase() === "websocket" &&
    /(^|,)\s*upgrade\s*(,|$)/i.test(headers.get("connection") ?? "") &&
    headers.has("sec-websocket-key") && headers.get("sec-websocket-version") === "13";
}

function toFrame(data: string | ArrayBuffer): Frame {
  const text = typeof data === "string";
  const bytes = text ? new TextEncoder().encode(data) : new Uint8Array(data);
  return { bytes, text, length: bytes.length };
}

/** Sends a frame, if there is still somebody to send it to. */
function send(socket: WebSocket, { bytes, text }: Frame): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  socket.send(text ? new TextDecoder().decode(bytes) : bytes as Uint8Array<ArrayBuffer>);
}
