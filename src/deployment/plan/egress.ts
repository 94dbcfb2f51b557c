/** Where a server connects to by itself. */
import type { FlowConfig } from "../../flow/config.ts";
import type { PlannedVariable } from "../plan.ts";

const HTTP_PORT = 80;
const HTTPS_PORT = 443;
const POSTGRES_PORT = 5432;
/** Where Jina's flows send traces if they do not say. */
const TRACES_PORT = 4317;
const MAX_PORT = 65_535;
/** Jina's `RR1:4` of such a variable is a range of devices, and no host with a port. */
const DEVICES = /_VISIBLE_DEVICES$/;
const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  "http:": HTTP_PORT,
  "https:": HTTPS_PORT,
  "postgres:": POSTGRES_PORT,
  "postgresql:": POSTGRES_PORT,
};

/**
 * TCP ports of other hosts: weights and URIs (80 and 443), databases, collectors of traces, and what
 * variables name: mirrors, proxies, object storage.
 */
export function egressPortsOf(
  { indexers, executors, gateway, tracing }: FlowConfig,
  variables: readonly PlannedVariable[],
): number[] {
  const values = [
    ...indexers.flatMap(({ store }) => store.kind === "postgres" ? [store.url] : []),
    ...variables.map(({ value }) => value),
    ...[gateway, ...executors].flatMap(({ env }) =>
      Object.entries(env).flatMap(([name, value]) => DEVICES.test(name) ? [] : [value])
    ),
  ];
  const traces = tracing.wanted && tracing.host !== null ? [tracing.port ?? TRACES_PORT] : [];
  const ports = [HTTP_PORT, HTTPS_PORT, ...values.flatMap(portsIn), ...traces];
  return [...new Set(ports)].sort((a, b) => a - b);
}

/** The port of a URL, or of a host as collectors over gRPC are named: `collector:4317`. */
function portsIn(value: string): number[] {
  const bare = /^[a-z][\w.-]*:(\d{1,5})$/i.exec(value)?.[1];
  const url = /^[a-z][\w+.-]*:\/\//i.test(value) ? URL.parse(value) : null;
  const port = Number(bare ?? (url?.port || DEFAULT_PORTS[url?.protocol ?? ""]));
  return port >= 1 && port <= MAX_PORT ? [port] : [];
}
