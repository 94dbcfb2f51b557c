/** Plain HTTP on `Deno.serve`, the fastest server there is here. */
import type { WebHandler } from "../gateway/node_http.ts";
import { cannotListen, type Listening } from "./listening.ts";

/** Opens the port. @throws {ClipError} "unavailable" if it cannot be had. */
export function listenHttp(host: string, port: number, handler: WebHandler): Listening {
  try {
    const server = Deno.serve({
      hostname: host,
      port,
      automaticCompression: true,
      onListen: () => {},
    }, handler);
    return {
      addresses: [{ protocol: "http", host, port: server.addr.port, tls: false }],
      stop: () => server.shutdown(),
      // Deno cannot cut a shutdown short: its listener is gone once that has begun (2.9.6 throws
      // "Bad resource ID" from the signal). What is left is answered when the encoders close. The
      // second call of two does nothing.
      abort: () => void server.shutdown(),
    };
  } catch (thrown) {
    throw cannotListen(host, port, thrown);
  }
}
