/** gRPC on grpc-js's own HTTP/2 server: `Deno.serve` cannot send trailers. */
import { createServer, type Server as NetServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Server } from "@grpc/grpc-js";
import { type ConnectionAge, limitAge } from "./connection_age.ts";
import { ControlLimit } from "./control_limit.ts";
import { FilteredSocket } from "./filtered_socket.ts";
import { CONNECTION_WINDOW_BYTES, STREAM_WINDOW_BYTES } from "./flow_window.ts";
import { sessionOpener } from "./http2_sessions.ts";
import type { TlsFiles } from "../tls/tls_files.ts";
import { type Listening, openPort } from "../listening.ts";

/** Where and how to listen. */
export interface GrpcListenOptions {
  host: string;
  port: number;
  tls: TlsFiles | undefined;
  /** The flow's keys about connections. */
  limits: ConnectionAge & { minPingIntervalMs: number };
}

/**
 * Opens the port. The listener is ours and not grpc-js's: clients' GOAWAY frames have to be kept
 * from it, and certificates change while it listens.
 * @throws {ClipError} "unavailable" if it cannot be had.
 */
export async function listenGrpc(
  server: Server,
  { host, port, tls, limits }: GrpcListenOptions,
): Promise<Listening> {
  const openSession = sessionOpener(server, { initialWindowSize: STREAM_WINDOW_BYTES });
  const sockets = new Set<Socket>();
  const listener = tls ? secureListener(tls) : createServer();
  listener.on(tls ? "secureConnection" : "connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.setNoDelay(true);
    const connection = new FilteredSocket(socket, new ControlLimit(limits.minPingIntervalMs));
    const session = openSession(connection);
    if (!session) return connection.destroy();
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    limitAge(session, connection, limits);
  });
  const bound = await openPort(listener, host, port);
  return {
    addresses: [{ protocol: "grpc", host, port: bound, tls: tls !== undefined }],
    stop: async () => {
      listener.close();
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    },
    abort: () => {
      listener.close();
      server.forceShutdown();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function secureListener(tls: TlsFiles): NetServer {
  const context = () => ({ ...tls.identity, minVersion: "TLSv1.2" as const });
  const listener = createTlsServer({ ...context(), ALPNProtocols: ["h2"] });
  tls.listen(() => listener.setSecureContext(context()));
  // A handshake that fails is the client's affair.
  listener.on("tlsClientError", (_error, socket) => socket.destroy());
  return listener;
}
