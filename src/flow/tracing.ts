/** `tracing` and its keys, of the gateway and all executors -> what the server is to do. */
import type { GatewayConfig, IndexerConfig, TracingConfig } from "./config.ts";

/**
 * The gateway's word, and what it leaves open from the first executor that is traced: all of a flow
 * is one process.
 */
export function tracingOf(
  gateway: GatewayConfig,
  executors: readonly Pick<
    IndexerConfig,
    "tracing" | "tracesExporterHost" | "tracesExporterPort"
  >[],
): TracingConfig {
  const own = gateway.tracing;
  if (own.wanted !== null) return own;
  const traced = executors.find(({ tracing }) => tracing);
  if (traced === undefined) return own;
  return {
    wanted: true,
    host: own.host ?? traced.tracesExporterHost,
    port: own.port ?? traced.tracesExporterPort,
  };
}
