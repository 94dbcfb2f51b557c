/** WebSockets of `Deno.serve`. Their reading cannot be stopped: frames wait here. */
import { ClipError } from "../../errors.ts";
import type { Frame, WebSocketSession } from "../../exchange/websocket.ts";
import { WS_CLOSE } from "./close_code.ts";
import type { WebSocketGatewayOptions } from "./gateway.ts";
import { shortenReason } from "./port.ts";
import { type ClosablePort, serveSession } from "./serve_session.ts";

/** Silence after which a client is asked for a sign of life, seconds. */
const IDLE_S = 30;

/** Serves connections of `Deno.serve` that want to become WebSockets. */
export class DenoWebSockets {
  readonly #options: WebSocketGatewayOptions;
  readonly #open = new Set<DenoPort>();
  #onEmpty: (() => void) | undefined;

  constructor(options: WebSocketGatewayOptions) {
    this.#options = options;
  }

  /** Takes over a connection; undefined if its request does not ask for that. */
  upgrade(request: Request): Response | undefined {
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") return undefined;
    const { lifecycle, routes } = this.#options;
    const { pathname } = new URL(request.url);
    const route = routes.find(({ path }) => path === pathname);
    if (!route) return new Response(null, { status: 403 });
    if (lifecycle.stage !== "serving") return new Response(null, { status: 503 });
    const offered = (request.headers.get("sec-websocket-protocol") ?? "")
      .split(",").map((name) => name.trim()).filter((name) => name !== "");
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: IDLE_S });
    // Not by its option `protocol`, which (2.9.6) reads lists with blanks behind their commas only.
    if (offered[0] !== undefined) response.headers.set("sec-websocket-protocol", offered[0]);
    socket.binaryType = "arraybuffer";
    this.#serve(socket, route.open(offered));
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

  #serve(socket: WebSocket, session: WebSocketSession): void {
    if (session.kind === "told") {
      socket.onopen = () => {
        send(socket, session.frame());
        socket.close(WS_CLOSE.normal);
      };
      return;
    }
    const port = new DenoPort(socket, session.isEnd, this.#options.maxMessageBytes);
    this.#open.add(port);
    socket.addEventListener("close", () => {
      this.#open.delete(port);
      if (this.#open.size === 0) this.#onEmpty?.();
    });
    void serveSession(port, session, this.#options);
  }
}

class DenoPort implements ClosablePort {
  readonly #socket: WebSocket;
  readonly #gone = new AbortController();
  readonly #waiting: Frame[] = [];
  #reader: ((frame: Frame | undefined) => void) | undefined;
  #ended = false;

  constructor(socket: WebSocket, isEnd: (frame: Frame) => boolean, maxBytes: number) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const frame = toFrame(data);
      if (this.#ended) return;
      if (frame.length > maxBytes) return this.close(WS_CLOSE.tooBig, "The frame is too large");
      if (isEnd(frame)) return this.#end();
      const reader = this.#reader;
      this.#reader = undefined;
      if (reader) reader(frame);
      else this.#waiting.push(frame);
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

  read(): Promise<Frame | undefined> {
    const frame = this.#waiting.shift();
    if (frame || this.#ended || this.signal.aborted) return Promise.resolve(frame);
    return new Promise((resolve) => this.#reader = resolve);
  }

  write(frame: Frame): Promise<void> {
    send(this.#socket, frame);
    return Promise.resolve();
  }

  close(code: number, reason = ""): void {
    this.#end();
    const { readyState } = this.#socket;
    if (readyState === WebSocket.OPEN || readyState === WebSocket.CONNECTING) {
      this.#socket.close(code, new TextDecoder().decode(shortenReason(reason)));
    }
  }

  #end(): void {
    this.#ended = true;
    this.#reader?.(undefined);
    this.#reader = undefined;
  }

  #leave(): void {
    this.#gone.abort(new ClipError("cancelled", "The client closed the connection"));
    this.#end();
  }
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
