/**
 * How much a client may send ahead of being read: HTTP/2's flow-control windows (RFC 9113, section
 * 5.2), which are 64 KiB unless the server announces others. A batch of images then waits for a
 * round trip of the network every 64 KiB.
 *
 * This file is the only one that reaches into grpc-js: its server takes no option for the windows
 * (1.14.7 ignores `grpc-node.flow_control_window`: https://github.com/grpc/grpc-node/issues/3058).
 * tests/gateway/grpc/flow_window_test.ts reads off the wire what is announced, so that an update of
 * grpc-js or Deno that breaks it is noticed.
 */
import type { Http2Server, ServerHttp2Session, Settings } from "node:http2";
import { type ConnectionInjector, type Server, ServerCredentials } from "@grpc/grpc-js";

/** What a stream may send that nobody has read. */
export const STREAM_WINDOW_BYTES = 2 ** 20;

/**
 * What all streams of a connection may have on the way together. It bounds what is in the network,
 * not what lies here unread: node:http2 gives a connection's window back as bytes arrive, so that a
 * stream that is not read does not stop its neighbours.
 */
export const CONNECTION_WINDOW_BYTES = 4 * 2 ** 20;

/** The parts of grpc-js's server that are used, as of 1.14.7. */
interface ServerInside {
  /** Given to `http2.createServer`. */
  commonServerOptions: { settings?: Settings };
  /** Every HTTP/2 server it has made. */
  http2Servers: Map<Http2Server, unknown>;
}

/** Where connections are handed to the server, each with the windows above. */
export function connectionInjector(server: Server): ConnectionInjector {
  const inside = server as unknown as ServerInside;
  const options = inside.commonServerOptions;
  options.settings = { ...options.settings, initialWindowSize: STREAM_WINDOW_BYTES };
  const known = new Set(inside.http2Servers.keys());
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  for (const http2Server of inside.http2Servers.keys()) {
    if (known.has(http2Server)) continue;
    http2Server.on("session", (session: ServerHttp2Session) => {
      session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    });
  }
  return injector;
}
