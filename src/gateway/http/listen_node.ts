/**
 * HTTP and WebSocket on one port, with or without TLS, on `node:http`: its sockets can be paused,
 * which `Deno.serve`'s WebSockets cannot, and its certificate can be changed while it listens.
 */
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { once } from "node:events";
import { serveNode, type WebHandler } from "./node_adapter.ts";
import type { TlsFiles } from "../tls/tls_files.ts";
import type { WebSocketGateway } from "../websocket/gateway.ts";
import { type Address, cannotListen, type Listening } from "../listening.ts";

/** What is served. */
export interface NodeListenOptions {
  host: string;
  port: number;
  /** The protocols of the port, for the banner. */
  protocols: Address["protocol"][];
  handler: WebHandler;
  /** Undefined: connections are not upgraded. */
  websocket: WebSocketGateway | undefined;
  tls: TlsFiles | undefined;
}

/** A client may leave its connection unused for so long: longer than proxies in front keep theirs. */
const KEEP_ALIVE_MS = 75_000;

/** Opens the port. @throws {ClipError} "unavailable" if it cannot be had. */
export async function listenNode(options: NodeListenOptions): Promise<Listening> {
  const { host, port, protocols, handler, websocket, tls } = options;
  const server = tls ? secureServer(tls) : createHttpServer();
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const answering = new Map<Socket, { broken: boolean }>();
  server.on("request", (incoming, outgoing) => {
    const { socket } = incoming;
    const state = { broken: false };
    answering.set(socket, state);
    outgoing.once("close", () => {
      if (answering.get(socket) === state) answering.delete(socket);
      if (state.broken) socket.destroySoon();
    });
    void serveNode(incoming, outgoing, handler);
  });
  if (websocket) {
    server.on("upgrade", (request, socket, head) => websocket.upgrade(request, socket, head));
  }
  server.on("clientError", (_error, socket) => {
    // What follows a request may be nonsense; the request before it is answered all the same.
    const state = answering.get(socket as Socket);
    if (state) state.broken = true;
    else socket.destroy();
  });
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (thrown) {
    throw cannotListen(host, port, thrown);
  }
  const bound = (server.address() as AddressInfo).port;
  return {
    addresses: protocols.map((protocol) => ({
      protocol,
      host,
      port: bound,
      tls: tls !== undefined,
    })),
    stop: () => closed(server, websocket),
    abort: () => {
      websocket?.terminate();
      server.closeAllConnections();
    },
  };
}

function secureServer(tls: TlsFiles): HttpsServer {
  const server = createHttpsServer(context(tls));
  tls.listen(() => server.setSecureContext(context(tls)));
  // A handshake that fails is the client's affair.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return server;
}

function context({ identity: { cert, key } }: TlsFiles) {
  return { cert, key, minVersion: "TLSv1.2" as const };
}

async function closed(
  server: HttpServer | HttpsServer,
  websocket: WebSocketGateway | undefined,
): Promise<void> {
  const done = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await Promise.all([done, websocket?.closed()]);
}
