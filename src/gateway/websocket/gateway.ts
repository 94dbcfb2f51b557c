/** WebSockets on the `ws` package, which reads only when it is asked to. */
import type { IncomingMessage } from "node:http";
import type { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
// @ts-types="@types/ws"
import { type WebSocket, WebSocketServer } from "ws";
import type { Frame, WebSocketRoute, WebSocketSession } from "../../exchange/websocket.ts";
import { WS_CLOSE } from "./close_code.ts";
import { WebSocketPort } from "./port.ts";
import { serveSession, type SessionOptions } from "./serve_session.ts";

/** What the WebSocket gateway needs. */
export interface WebSocketGatewayOptions extends SessionOptions {
  /** Whose paths are opened; of two with one path the first one's. */
  routes: readonly WebSocketRoute[];
  /** Bound on a frame, as sent and as unpacked. */
  maxMessageBytes: number;
  /** Offer permessage-deflate (RFC 7692) to clients that ask for it. */
  compress: boolean;
}

/** Answers below this are not worth packing. */
const COMPRESSION_THRESHOLD_BYTES = 1024;

/** Serves connections of an HTTP server that want to become WebSockets. */
export class WebSocketGateway {
  readonly #options: WebSocketGatewayOptions;
  readonly #server: WebSocketServer;
  readonly #open = new Set<WebSocketPort>();
  #onEmpty: (() => void) | undefined;

  constructor(options: WebSocketGatewayOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: options.maxMessageBytes,
      // A browser fails if none of those it names comes back; servers of Jina name none.
      handleProtocols: (offered) => [...offered][0] ?? false,
      perMessageDeflate: options.compress && {
        serverNoContextTakeover: true,
        clientNoContextTakeover: true,
        threshold: COMPRESSION_THRESHOLD_BYTES,
        zlibDeflateOptions: { level: 1 },
      },
    });
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#open.size;
  }

  /** Takes over a connection after the HTTP server's "upgrade" event. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { lifecycle, routes } = this.#options;
    const path = (request.url ?? "/").split("?", 1)[0];
    // Until `ws` has its own, a connection reset would be an error that nobody hears.
    const onError = () => socket.destroy();
    socket.on("error", onError);
    const route = routes.find((route) => route.path === path);
    if (!route) return refuse(socket, "403 Forbidden");
    if (lifecycle.stage !== "serving") return refuse(socket, "503 Service Unavailable");
    this.#server.handleUpgrade(request, socket, head, (connection) => {
      socket.off("error", onError);
      this.#serve(connection, route.open(offeredSubprotocols(request)));
    });
  }

  /** Resolves when no connection is open; draining ends those that have nothing in work. */
  async closed(): Promise<void> {
    if (this.#open.size > 0) await new Promise<void>((resolve) => this.#onEmpty = resolve);
  }

  /** Ends all connections at once. */
  terminate(): void {
    for (const port of this.#open) port.terminate();
  }

  #serve(connection: WebSocket, session: WebSocketSession): void {
    if (session.kind === "told") return tell(connection, session.frame());
    const port = new WebSocketPort(connection, session.isEnd);
    this.#open.add(port);
    connection.once("close", () => {
      this.#open.delete(port);
      if (this.#open.size === 0) this.#onEmpty?.();
    });
    void serveSession(port, session, this.#options);
  }
}

function tell(connection: WebSocket, { bytes, text }: Frame): void {
  connection.on("error", () => {});
  connection.send(bytes, { binary: !text });
  connection.close(WS_CLOSE.normal);
}

function offeredSubprotocols({ headers }: IncomingMessage): string[] {
  return (headers["sec-websocket-protocol"] ?? "")
    .split(",").map((name) => name.trim()).filter((name) => name !== "");
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
