/** gRPC over HTTP/2 on a port of its own: `Deno.serve` cannot send trailers. */
import { createServer, type Server as NetServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { ConnectionLimit } from "../admission/connection_limit.ts";
import { addressGroup } from "../admission/peer.ts";
import type { ConnectionAge } from "./connection_age.ts";
import { ControlLimit } from "./control_limit.ts";
import { FilteredSocket } from "./filtered_socket.ts";
import { Http2Server } from "./http2_server.ts";
import { awaitPreface } from "./preface.ts";
import type { GrpcServer } from "./server.ts";
import { secureContext, type TlsFiles } from "../tls/tls_files.ts";
import { type Listening, openPort } from "../listening.ts";

/** Where and how to listen. */
export interface GrpcListenOptions {
  host: string;
  port: number;
  tls: TlsFiles | undefined;
  /** The flow's keys about connections. */
  limits: ConnectionAge & { minPingIntervalMs: number; receiveTimeoutMs: number };
  connections: ConnectionLimit;
}

/**
 * Opens the port.
 * @throws {ClipError} "unavailable" if it cannot be had.
 */
export async function listenGrpc(
  server: GrpcServer,
  { host, port, tls, limits, connections }: GrpcListenOptions,
): Promise<Listening> {
  const http2 = new Http2Server(limits);
  const sockets = new Set<Socket>();
  const listener = tls ? secureListener(tls, limits.receiveTimeoutMs) : createServer();
  // With TLS this is before the handshake, and the socket under it.
  listener.on("connection", (socket: Socket) => {
    socket.on("error", () => {});
    const leave = connections.enter(addressGroup(socket.remoteAddress));
    if (!leave) return void socket.destroy();
    sockets.add(socket);
    socket.once("close", () => {
      leave();
      sockets.delete(socket);
    });
  });
  listener.on(tls ? "secureConnection" : "connection", (socket: Socket) => {
    if (socket.destroyed) return;
    socket.on("error", () => {});
    socket.setNoDelay(true);
    awaitPreface(socket, limits.receiveTimeoutMs, () => {
      const connection = new FilteredSocket(socket, new ControlLimit(limits.minPingIntervalMs));
      const host = socket.remoteAddress?.replace(/^::ffff:/, "");
      const peer = { connection, address: addressGroup(host), host };
      try {
        http2.accept(connection, (stream, headers) => server.serve(stream, headers, peer));
      } catch {
        // The client has gone meanwhile.
        connection.destroy();
      }
    });
  });
  const bound = await openPort(listener, host, port);
  return {
    addresses: [{ protocol: "grpc", host, port: bound, tls: tls !== undefined }],
    retire: () => {
      // Who has not heard that the server leaves is to learn it before it has sent a call.
      listener.close();
      http2.retire();
    },
    stop: async () => {
      listener.close();
      await http2.stop();
    },
    abort: () => {
      listener.close();
      http2.abort();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function secureListener(tls: TlsFiles, handshakeTimeout: number): NetServer {
  const listener = createTlsServer({
    ...secureContext(tls.identity),
    ALPNProtocols: ["h2"],
    handshakeTimeout,
  });
  tls.listen((identity) => listener.setSecureContext(secureContext(identity)));
  // A handshake that fails is the client's affair.
  listener.on("tlsClientError", (_error, socket) => socket.destroy());
  return listener;
}
