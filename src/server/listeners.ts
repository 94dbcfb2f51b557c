/** Opens every port of a flow with what it serves. */
import type { GatewayConfig } from "../flow/config.ts";
import type { Listener } from "../flow/listeners.ts";
import { grpcServer } from "../gateway/grpc/server.ts";
import type { GrpcMethodOptions } from "../dialects/jina/grpc_methods.ts";
import { httpHandler } from "../gateway/http/handler.ts";
import { notFound } from "../dialects/jina/http_answers.ts";
import type { WebHandler } from "../gateway/http/node_adapter.ts";
import { playground } from "../pages/playground/playground.ts";
import { TlsFiles } from "../gateway/tls/tls_files.ts";
import { WebSocketGateway } from "../gateway/websocket/gateway.ts";
import type { Log } from "../telemetry/log.ts";
import { listenGrpc } from "../gateway/grpc/listen.ts";
import { listenNode } from "../gateway/http/listen_node.ts";
import type { Listening } from "../gateway/listening.ts";

/** What all gateways share. */
export type SharedByGateways = Omit<GrpcMethodOptions, "prefetch">;

/**
 * Opens the ports of `gateway`.
 * @param listening gets each one as it is opened, so that the caller can close them if a later one
 * fails.
 * @param tlsPollMs how often the certificate is looked at; by default every ten seconds.
 * @throws {ClipError} "unavailable" if a port cannot be had, "config" if the TLS files are wrong.
 */
export async function openListeners(
  gateway: GatewayConfig,
  shared: SharedByGateways,
  log: Log,
  listening: Listening[],
  tlsPollMs?: number,
): Promise<void> {
  const { host, prefetch, maxMessageBytes, compression } = gateway;
  const tls = gateway.tls ? new TlsFiles(gateway.tls, log.child("tls"), tlsPollMs) : undefined;
  if (tls) listening.push({ addresses: [], stop: async () => {}, abort: () => tls.close() });
  const handler = httpHandler({
    ...shared,
    log: log.child("http"),
    cors: gateway.cors,
    maxMessageBytes,
    title: gateway.title,
    description: gateway.description,
    noDebugEndpoints: gateway.noDebugEndpoints,
    noCrudEndpoints: gateway.noCrudEndpoints,
    exposeEndpoints: gateway.exposeEndpoints,
    pages: gateway.noDebugEndpoints ? [] : [playground(gateway)],
  });
  const websocket = () =>
    new WebSocketGateway({
      ...shared,
      log: log.child("websocket"),
      prefetch,
      maxMessageBytes,
      compress: compression !== "NoCompression",
    });
  for (const group of byPort(gateway.listeners)) {
    const { port } = group[0]!;
    const protocols = group.map(({ protocol }) => protocol);
    const withHttp = protocols.includes("http");
    const withWebSocket = protocols.includes("websocket");
    if (protocols.includes("grpc")) {
      const server = grpcServer({ ...shared, prefetch, maxMessageBytes, compression });
      listening.push(await listenGrpc(server, { host, port, tls, limits: gateway }));
    } else {
      listening.push(
        await listenNode({
          host,
          port,
          protocols,
          handler: withHttp ? handler : onlyGet(handler),
          websocket: withWebSocket ? websocket() : undefined,
          tls,
        }),
      );
    }
  }
}

/** Listeners of one port together; port 0 is another port each time. */
function byPort(listeners: readonly Listener[]): Listener[][] {
  const groups = new Map<number | symbol, Listener[]>();
  for (const listener of listeners) {
    const key = listener.port === 0 ? Symbol() : listener.port;
    groups.set(key, [...groups.get(key) ?? [], listener]);
  }
  return [...groups.values()];
}

/** What a port of WebSockets says over plain HTTP: its state (`/`, `/status`, `/dry_run`). */
function onlyGet(handler: WebHandler): WebHandler {
  return (request) => request.method === "GET" ? handler(request) : notFound();
}
