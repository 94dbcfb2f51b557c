/** Plain HTTP on `Deno.serve`, the fastest server there is here. */
import type { WebHandler } from "../gateway/node_http.ts";
import { cannotListen, type Listening } from "./listening.ts";

/** Opens the port. @throws {ClipError} "config" if it cannot be had. */
export function listenHttp(host: string, port: number, handler: WebHandler): Listening {
  const abort = new AbortController();
  try {
    const server = Deno.serve({
      hostname: host,
      port,
      automaticCompression: true,
      signal: abort.signal,
      onListen: () => {},
    }, handler);
    return {
      addresses: [{ protocol: "http", host, port: server.addr.port, tls: false }],
      stop: () => server.shutdown(),
      abort: () => abort.abort(),
    };
  } catch (thrown) {
    throw cannotListen(host, port, thrown);
  }
}
