/** Where a server connects to by itself. */
import type { FlowConfig } from "../../flow/config.ts";
import type { PlannedVariable } from "../plan.ts";

const HTTP_PORT = 80;
const HTTPS_PORT = 443;
const POSTGRES_PORT = 5432;
const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  "http:": HTTP_PORT,
  "https:": HTTPS_PORT,
  "postgres:": POSTGRES_PORT,
  "postgresql:": POSTGRES_PORT,
};

/**
 * TCP ports of other hosts: weights and URIs (80 and 443), databases, and what variables name:
 * mirrors, proxies, object storage, collectors of traces.
 */
export function egressPortsOf(
  { indexers }: FlowConfig,
  variables: readonly PlannedVariable[],
): number[] {
  const urls = [
    ...indexers.flatMap(({ store }) => store.kind === "postgres" ? [store.url] : []),
    ...variables.map(({ value }) => value),
  ];
  const named = urls.flatMap((url) => {
    const parsed = /^[a-z][\w+.-]*:\/\//i.test(url) ? URL.parse(url) : null;
    const port = Number(parsed?.port || DEFAULT_PORTS[parsed?.protocol ?? ""] || NaN);
    return Number.isInteger(port) ? [port] : [];
  });
  return [...new Set([HTTP_PORT, HTTPS_PORT, ...named])].sort((a, b) => a - b);
}
