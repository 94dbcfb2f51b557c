/** gRPC on grpc-js's own HTTP/2 server: `Deno.serve` cannot send trailers. */
import { type Server, ServerCredentials } from "@grpc/grpc-js";
import { ReloadableCredentials } from "../gateway/grpc_credentials.ts";
import type { TlsFiles } from "../gateway/tls.ts";
import { cannotListen, type Listening } from "./listening.ts";

/** Opens the port. @throws {ClipError} "unavailable" if it cannot be had. */
export async function listenGrpc(
  server: Server,
  host: string,
  port: number,
  tls: TlsFiles | undefined,
): Promise<Listening> {
  const credentials = tls
    ? new ReloadableCredentials(tls.identity)
    : ServerCredentials.createInsecure();
  if (credentials instanceof ReloadableCredentials) tls!.listen((next) => credentials.reload(next));
  const bound = await bind(server, host, port, credentials);
  return {
    addresses: [{ protocol: "grpc", host, port: bound, tls: tls !== undefined }],
    stop: () => new Promise((resolve) => server.tryShutdown(() => resolve())),
    abort: () => server.forceShutdown(),
  };
}

function bind(
  server: Server,
  host: string,
  port: number,
  credentials: ServerCredentials,
): Promise<number> {
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, bound) => {
      if (error) reject(cannotListen(host, port, error));
      else resolve(bound);
    });
  });
}
