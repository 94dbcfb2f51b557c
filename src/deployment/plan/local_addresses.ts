/** Addresses of this machine: in a container they lead back into the container. */
import type { FlowConfig } from "../../flow/config.ts";
import type { PlannedVariable } from "../plan.ts";

/** Variables that say where traces go. */
const COLLECTOR = /^OTEL_EXPORTER_OTLP_(TRACES_)?ENDPOINT$/;

/** Hosts that are the machine itself (RFC 6761, RFC 5735), as URLs have them. */
const LOCAL_HOST = /^(localhost|.+\.localhost|127(\.\d+){1,3}|0\.0\.0\.0|\[::1?\])\.?$/i;
/** A host and a port, as collectors over gRPC and proxies are named. */
const HOST_AND_PORT = /^([\w.-]+|\[[\d:]+\]):\d{1,5}$/;

/** What the server would look for beside itself; the notes get a line for each. */
export function noteLocalAddresses(
  { indexers, executors, gateway, tracing: { wanted, host } }: FlowConfig,
  variables: readonly PlannedVariable[],
  notes: string[],
): void {
  const named = new Map([
    ...[gateway, ...executors].flatMap(({ env }) => Object.entries(env)),
    ...variables.map(({ name, value }) => [name, value] as const),
  ]);
  const said = [...named.keys()].some((name) => COLLECTOR.test(name));
  if (wanted && !said && (host === null || isLocal(host))) {
    notes.push(
      "Traces would go to a collector in the container itself: name another with " +
        "'traces_exporter_host' in the flow or --env OTEL_EXPORTER_OTLP_ENDPOINT=URL.",
    );
  }
  for (const [name, value] of named) {
    if (isLocal(value)) notes.push(`${name} names this machine, which in a container is itself.`);
  }
  for (const { name, store } of indexers) {
    if (store.kind !== "postgres" || !isLocalDatabase(store.url)) continue;
    notes.push(
      `The 'url' of '${name}' names this machine, which in a container is itself: PostgreSQL has ` +
        "to be reached by the name of its host or Service.",
    );
  }
}

/** @param address a URL, a host, or a host and a port. */
function isLocal(address: string): boolean {
  if (/^unix:/i.test(address)) return true;
  const host = URL.parse(address)?.hostname || HOST_AND_PORT.exec(address)?.[1] || address;
  return LOCAL_HOST.test(host);
}

/** A host in the query wins, and one that begins with `/` is the folder of a socket (libpq, "URIs"). */
function isLocalDatabase(url: string): boolean {
  const { hostname = "", searchParams } = URL.parse(url) ?? {};
  const host = searchParams?.get("host") ?? decodeURIComponent(hostname);
  return host === "" || host.startsWith("/") || LOCAL_HOST.test(host);
}
