/** WebSockets on the `ws` package, which reads only when it is asked to. */
import type { IncomingMessage } from "node:http";
import type { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
// @ts-types="@types/ws"
import { type WebSocket, WebSocketServer } from "ws";
import type { Frame, WebSocketSession } from "../../exchange/websocket.ts";
import { mayOpen } from "../http/cors.ts";
import { peerOf } from "../admission/peer.ts";
import type { KeyHolder } from "../keys/api_keys.ts";
import type { Caller } from "../../telemetry/request_observer.ts";
import { WS_CLOSE } from "./close_code.ts";
import { openedBy } from "./opened_by.ts";
import { WebSocketPort, type Wire } from "./port.ts";
import { offeredSubprotocols, spokenSubprotocols } from "./subprotocols.ts";
import { serveSession } from "./serve_session.ts";
import type { WebSocketOptions } from "./websocket_options.ts";

/** Answers below this are not worth packing. */
const COMPRESSION_THRESHOLD_BYTES = 1024;

/** How long a client may take to close a connection that was refused. */
const LINGER_MS = 2_000;

/** What a client may send that is told something at once and asked nothing: frames put together. */
const UNASKED_BYTES = 64 * 1024;

/** Serves connections of an HTTP server that want to become WebSockets. */
export class NodeWebSockets {
  readonly #options: WebSocketOptions;
  readonly #server: WebSocketServer;
  readonly #open = new Set<WebSocketPort>();
  #onEmpty: (() => void) | undefined;

  constructor(options: WebSocketOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: options.maxMessageBytes,
      // A browser fails if none of those it names comes back; servers of Jina name none.
      handleProtocols: (offered) => spokenSubprotocols([...offered])[0] ?? false,
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
    const { lifecycle, routes, cors, keys } = this.#options;
    const { headers } = request;
    const offered = offeredSubprotocols(headers["sec-websocket-protocol"]);
    const path = (request.url ?? "/").split("?", 1)[0];
    // Until `ws` has its own, a connection reset would be an error that nobody hears.
    const onError = () => socket.destroy();
    socket.on("error", onError);
    const route = routes.find((route) => route.path === path);
    let holder: KeyHolder | undefined;
    if (keys !== undefined && !route?.keyless) {
      holder = keys.socketHolder((name) => headers[name]?.toString(), offered);
      if (!holder) return refuse(socket, "401 Unauthorized", "WWW-Authenticate: Bearer\r\n");
    }
    if (!route) return refuse(socket, "403 Forbidden");
    if (!mayOpen(cors, headers.origin, headers.host)) return refuse(socket, "403 Forbidden");
    if (!lifecycle.takesWork) return refuse(socket, "503 Service Unavailable");
    this.#server.handleUpgrade(request, socket, head, (connection) => {
      socket.off("error", onError);
      const { receiving } = this.#options;
      this.#serve(
        connection,
        route.open(spokenSubprotocols(offered)),
        { raw: socket, peer: peerOf(request.socket), receiving },
        holder,
        openedBy(
          peerOf(request.socket),
          holder,
          route.path,
          (name) => headers[name]?.toString(),
        ),
      );
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

  #serve(
    connection: WebSocket,
    session: WebSocketSession,
    wire: Wire,
    holder: KeyHolder | undefined,
    caller: Caller,
  ): void {
    if (session.kind === "told") return tell(connection, session.frame(), wire.raw);
    const port = new WebSocketPort(connection, session.isEnd, wire);
    this.#open.add(port);
    connection.once("close", () => {
      this.#open.delete(port);
      if (this.#open.size === 0) this.#onEmpty?.();
    });
    void serveSession(port, session, { caller, holder }, this.#options);
  }
}

function tell(connection: WebSocket, { bytes, text }: Frame, raw: Duplex): void {
  connection.on("error", () => {});
  let left = UNASKED_BYTES;
  raw.on("data", (piece: Uint8Array) => {
    left -= piece.length;
    if (left < 0) connection.terminate();
  });
  connection.send(bytes, { binary: !text });
  connection.close(WS_CLOSE.normal);
}

/** @param headers more of them, each with its line's end. */
function refuse(socket: Duplex, status: string, headers = ""): void {
  socket.end(`HTTP/1.1 ${status}\r\n${headers}Connection: close\r\nContent-Length: 0\r\n\r\n`);
  // Whatever it still sends: a client that does not close is not waited for.
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(timer));
  socket.resume();
}
