/**
 * The HTTP/2 sessions inside grpc-js's server, for what it has no option for: the windows (1.14.7
 * ignores `grpc-node.flow_control_window`: https://github.com/grpc/grpc-node/issues/3058) and an end
 * of old connections that loses no call. This file is the only one that uses what grpc-js keeps to
 * itself; tests/gateway/grpc/flow_window_test.ts and connection_age_test.ts read off the wire what
 * comes of it, so that an update of grpc-js or Deno that breaks it is noticed.
 */
import type { Http2Server, ServerHttp2Session, Settings } from "node:http2";
import type { Duplex } from "node:stream";
import { type Server, ServerCredentials } from "@grpc/grpc-js";

/** The parts of grpc-js's server that are used, as of 1.14.7. */
interface ServerInside {
  /** Given to `http2.createServer`. */
  commonServerOptions: { settings?: Settings };
  /** Every HTTP/2 server it has made. */
  http2Servers: Map<Http2Server, unknown>;
}

/**
 * Makes what hands a client's connection to the server, and returns the session that it has become;
 * undefined if it has become none, as it was closed again already.
 * @param settings are announced to each client, beside grpc-js's own.
 */
export function sessionOpener(
  server: Server,
  settings: Settings,
): (connection: Duplex) => ServerHttp2Session | undefined {
  const inside = server as unknown as ServerInside;
  const options = inside.commonServerOptions;
  options.settings = { ...options.settings, ...settings };
  const others = new Set(inside.http2Servers.keys());
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  let opened: ServerHttp2Session | undefined;
  for (const http2Server of inside.http2Servers.keys()) {
    if (!others.has(http2Server)) http2Server.on("session", (session) => opened = session);
  }
  return (connection) => {
    opened = undefined;
    injector.injectConnection(connection);
    return opened;
  };
}
