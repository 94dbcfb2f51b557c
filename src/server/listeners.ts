/** Opens every port of a flow with what it serves. */
import { strayRoutes } from "../dialects/stray_requests.ts";
import { type DialectMaker, dialectsOf } from "../dialects/table.ts";
import { json } from "../exchange/http.ts";
import type { GatewayConfig } from "../flow/config.ts";
import { DENO_LIMITS } from "../flow/http_server.ts";
import type { Listener } from "../flow/listeners.ts";
import type { Admission } from "../gateway/admission/admission.ts";
import { ConnectionLimit } from "../gateway/admission/connection_limit.ts";
import { maxUnpacked } from "../gateway/admission/expansion.ts";
import { HeldBytes } from "../gateway/admission/held_bytes.ts";
import { Receiving } from "../gateway/admission/receiving.ts";
import { ApiKeys } from "../gateway/keys/api_keys.ts";
import type { Clock } from "../gateway/keys/clock.ts";
import { GrpcServer } from "../gateway/grpc/server.ts";
import { listenGrpc } from "../gateway/grpc/listen.ts";
import type { HttpHandler } from "../gateway/http/http_exchange.ts";
import { httpHandler } from "../gateway/http/handler.ts";
import { listenDeno } from "../gateway/http/listen_deno.ts";
import { listenNode } from "../gateway/http/listen_node.ts";
import type { Listening } from "../gateway/listening.ts";
import { TlsFiles } from "../gateway/tls/tls_files.ts";
import { giveBack } from "./give_back.ts";
import type { MetricsPage } from "../pages/metrics_route.ts";
import { pages, playgroundPages } from "../pages/pages.ts";
import type { Service } from "../service/service.ts";
import type { Log } from "../telemetry/log.ts";

/** What all ports share. */
export interface SharedByListeners
  extends Omit<Admission, "capacity" | "receiving" | "connections" | "keys"> {
  service: Service;
  /** Items that may wait in all executors together. */
  maxQueue: number;
}

/** What the listeners serve beside the flow's dialects; but for the metrics, for tests. */
export interface ListenerOptions {
  /** The page of metrics, which the HTTP ports have too. */
  metrics?: MetricsPage | undefined;
  /** The dialects that are spoken; by default those of the flow. */
  dialects?: readonly DialectMaker[];
  /** What counts the bytes on their way; by default one with the flow's bound. */
  bytes?: HeldBytes;
  /** How often the certificate is looked at, milliseconds; by default every ten seconds. */
  tlsPollMs?: number;
  /** The same of files of API keys. */
  keysPollMs?: number;
  /** Time, as far as the rates of API keys need it. */
  clock?: Clock;
}

/**
 * Opens the ports of `gateway`.
 * @param listening gets each one as it is opened, so that the caller can close them if a later one
 * fails.
 * @throws {ClipError} "unavailable" if a port cannot be had, "config" if the TLS files are wrong.
 */
export async function openListeners(
  gateway: GatewayConfig,
  { service, maxQueue, ...admitting }: SharedByListeners,
  log: Log,
  listening: Listening[],
  options: ListenerOptions = {},
): Promise<void> {
  const { dialects: makers = dialectsOf(gateway.apis), bytes: given, tlsPollMs, metrics } = options;
  const { keysPollMs, clock } = options;
  const { host, prefetch, maxMessageBytes, compression } = gateway;
  const { executors } = service;
  const { lifecycle } = admitting;
  // One for all ports: what a client may cost does not depend on how it comes.
  const bytes = given ?? new HeldBytes(maxHeldBytesOf(gateway));
  const stopGivingBack = giveBack(bytes);
  listening.push({ addresses: [], stop: async () => {}, abort: stopGivingBack });
  const keys = gateway.apiKeys === null ? undefined : new ApiKeys(gateway.apiKeys, {
    maxQueue,
    log: log.child("keys"),
    pollMs: keysPollMs,
    clock,
  });
  if (keys) listening.push({ addresses: [], stop: async () => {}, abort: () => keys.close() });
  const admission: Admission = {
    ...admitting,
    keys,
    capacity: executors,
    receiving: receivingOf(gateway, bytes),
    connections: new ConnectionLimit(
      { all: gateway.maxConnections, perAddress: gateway.maxConnectionsPerAddress },
      log.child("connections"),
    ),
  };
  const tls = gateway.tls ? new TlsFiles(gateway.tls, log.child("tls"), tlsPollMs) : undefined;
  if (tls) listening.push({ addresses: [], stop: async () => {}, abort: () => tls.close() });
  const dialects = makers.map((make) => make({ service, lifecycle, flow: gateway, log }));
  const spoken = dialects.flatMap(({ http }) => http ?? []);
  const keyed = keys !== undefined;
  const own = pages({ ...gateway, dialects, lifecycle, executors, metrics, keyed });
  // It speaks Jina's dialect.
  const playground = !gateway.noDebugEndpoints && gateway.apis.includes("jina");
  const front = playground ? [playgroundPages(gateway)] : [];
  const handler = httpHandler({
    ...admission,
    routes: [...front, ...strayRoutes(dialects), ...spoken, own],
    fallback: spoken[0] ?? own,
    log: log.child("http"),
    cors: gateway.cors,
    maxMessageBytes,
    maxUnpackedRatio: gateway.maxUnpackedRatio,
  });
  const overHttp = gateway.listeners.some(({ protocol }) => protocol !== "grpc");
  if (overHttp && gateway.httpServer === "deno") {
    log.warn(`http_server is 'deno': ${DENO_LIMITS}`);
  }
  const packAlways = compression !== "NoCompression";
  const websocket = {
    ...admission,
    routes: dialects.flatMap(({ websocket }) => websocket ?? []),
    cors: gateway.cors,
    log: log.child("websocket"),
    prefetch,
    maxMessageBytes,
    compress: packAlways,
  };
  for (const group of byPort(gateway.listeners)) {
    const { port } = group[0]!;
    const protocols = group.map(({ protocol }) => protocol);
    if (protocols.includes("grpc")) {
      const server = new GrpcServer({
        ...admission,
        dialects: dialects.flatMap(({ grpc }) => grpc ?? []),
        ready: () => executors.ready,
        prefetch,
        maxMessageBytes,
        maxUnpacked: (sent) => maxUnpacked(sent, maxMessageBytes, gateway.maxUnpackedRatio),
        compression,
      });
      const { connections } = admission;
      listening.push(await listenGrpc(server, { host, port, tls, limits: gateway, connections }));
      continue;
    }
    const listen = gateway.httpServer === "deno" ? listenDeno : listenNode;
    listening.push(
      await listen({
        host,
        port,
        protocols,
        handler: protocols.includes("http") ? handler : onlyGet(handler),
        packAlways,
        receiving: admission.receiving,
        connections: admission.connections,
        lifecycle,
        receiveTimeoutMs: gateway.receiveTimeoutMs,
        log: log.child("http"),
        websocket: protocols.includes("websocket") ? websocket : undefined,
        tls,
      }),
    );
  }
}

/** All messages on their way together may weigh as much as this many of the largest. */
const HELD_MESSAGES = 3;
/** But at least as much as the buffers of some hundred small ones take. */
const LEAST_HELD_BYTES = 64 * 2 ** 20;

/** `max_held_bytes`, or what it is by default. */
export function maxHeldBytesOf(
  { maxHeldBytes, maxMessageBytes }: Pick<GatewayConfig, "maxHeldBytes" | "maxMessageBytes">,
): number {
  return maxHeldBytes || Math.max(LEAST_HELD_BYTES, HELD_MESSAGES * maxMessageBytes);
}

function receivingOf(gateway: GatewayConfig, bytes: HeldBytes): Receiving {
  return new Receiving({
    perConnection: gateway.maxReceivingPerConnection,
    perAddress: gateway.maxReceivingPerAddress,
    firstByteMs: gateway.receiveTimeoutMs,
    minBytesPerSecond: gateway.minReceiveRate,
  }, bytes);
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
function onlyGet(handler: HttpHandler): HttpHandler {
  return async (exchange) =>
    exchange.method === "GET" ? await handler(exchange) : json({ detail: "Not Found" }, 404);
}
