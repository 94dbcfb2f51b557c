/**
 * HTTP and WebSocket on one port, with or without TLS, on `node:http`: its sockets can be paused,
 * which `Deno.serve`'s WebSockets cannot, and its certificate can be changed while it listens.
 */
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server as HttpServer,
} from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";
import { ANSWER_PATIENCE } from "../admission/receiving.ts";
import { watchConnections } from "./connections.ts";
import { serveNode } from "./node_adapter.ts";
import { secureContext, type TlsFiles } from "../tls/tls_files.ts";
import { NodeWebSockets } from "../websocket/node_sockets.ts";
import type { HttpListenOptions } from "./listen_options.ts";
import { type Listening, openPort } from "../listening.ts";

/** A client may leave its connection unused for so long: longer than proxies in front keep theirs. */
const KEEP_ALIVE_MS = 75_000;

/** Headers that take longer than this many pauses never end. */
const HEADERS_TIMEOUTS = 2;

/** How often is looked for headers that take too long. */
const CHECK_MS = 5_000;

/** Timers count milliseconds in 31 bits. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * What unfinished requests end with when their client has gone: one for all. The server would make
 * one for each, whose stack is written out: a thousand clients that leave at once stop the loop for
 * 40 ms (Deno 2.9.6).
 */
const GONE = new Error("The client has gone");

/** Opens the port. @throws {ClipError} "unavailable" if it cannot be had. */
export async function listenNode(options: HttpListenOptions): Promise<Listening> {
  const { host, port, protocols, handler, tls, receiveTimeoutMs } = options;
  const websocket = options.websocket && new NodeWebSockets(options.websocket);
  // What asks for another protocol than WebSocket is served as if it had not asked (RFC 9110,
  // section 7.8): Java's HttpClient and `curl --http2` offer HTTP/2 in this way.
  const shouldUpgradeCallback = ({ headers }: IncomingMessage) =>
    websocket !== undefined && headers.upgrade?.toLowerCase() === "websocket";
  const bounds = { shouldUpgradeCallback, ...timeouts(receiveTimeoutMs) };
  const server = tls ? secureServer(tls, bounds) : createHttpServer(bounds);
  watchConnections(server, options.connections, ANSWER_PATIENCE * receiveTimeoutMs);
  const answering = new Map<Socket, { incoming: IncomingMessage; broken: boolean }>();
  // Before the server's own listener, which is there already.
  server.on("connection", (socket: Socket) => {
    socket.prependOnceListener("end", () => {
      const incoming = answering.get(socket)?.incoming;
      if (incoming && !incoming.complete) incoming.destroy(GONE);
    });
  });
  server.on("request", (incoming, outgoing) => {
    const { socket } = incoming;
    const state = { incoming, broken: false };
    answering.set(socket, state);
    outgoing.once("close", () => {
      if (answering.get(socket) === state) answering.delete(socket);
      if (state.broken) socket.destroySoon();
    });
    void serveNode(incoming, outgoing, handler, options);
  });
  if (websocket) {
    server.on("upgrade", (request, socket, head) => websocket.upgrade(request, socket, head));
  }
  server.on("clientError", (error: Error & { code?: string }, socket) => {
    const state = answering.get(socket as Socket);
    if (!state) return socket.destroy();
    // What follows a request may be nonsense; the request before it is answered all the same.
    state.broken = true;
    // But a body that is no HTTP has no end: nobody is to wait for it. (A client that has gone is
    // told of by its response's close.)
    if (!state.incoming.complete && error.code?.startsWith("HPE_")) socket.destroy();
  });
  const bound = await openPort(server, host, port);
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

/** What node:http itself bounds, of which all is honoured (Deno 2.9.6). */
function timeouts(receiveTimeoutMs: number) {
  return {
    keepAliveTimeout: KEEP_ALIVE_MS,
    // From the first packet of a connection, whatever comes meanwhile, to the end of the headers.
    headersTimeout: Math.min(HEADERS_TIMEOUTS * receiveTimeoutMs, MAX_TIMER_MS),
    handshakeTimeout: Math.min(HEADERS_TIMEOUTS * receiveTimeoutMs, MAX_TIMER_MS),
    // Bodies have a least rate instead: however large they are, who is fast enough may go on.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.max(10, Math.min(CHECK_MS, receiveTimeoutMs / 2)),
  };
}

function secureServer(tls: TlsFiles, options: object): HttpsServer {
  const server = createHttpsServer({ ...options, ...secureContext(tls.identity) });
  tls.listen((identity) => server.setSecureContext(secureContext(identity)));
  // A handshake that fails is the client's affair.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return server;
}

async function closed(
  server: HttpServer | HttpsServer,
  websocket: NodeWebSockets | undefined,
): Promise<void> {
  const done = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await Promise.all([done, websocket?.closed()]);
}
