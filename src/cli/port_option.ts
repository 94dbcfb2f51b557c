/** `--port`: the flow's listeners on other ports. */
import { ClipError } from "../errors.ts";
import type { FlowConfig } from "../flow/config.ts";
import { movePorts } from "../flow/listeners.ts";

const MAX_PORT = 65_535;

/**
 * The flow with its first port at `port`, and the others after it.
 * @param port undefined: as the flow says.
 * @throws {ClipError} "config" if the ports are taken by the flow's own metrics, or there are none.
 */
export function withPort(flow: FlowConfig, port: number | undefined): FlowConfig {
  if (port === undefined) return flow;
  const listeners = movePorts(flow.gateway.listeners, port);
  const metrics = [flow.gateway, ...flow.executors, ...flow.indexers]
    .flatMap(({ monitoring, portMonitoring }) => monitoring ? portMonitoring ?? [] : []);
  for (const { protocol, port: moved } of listeners) {
    if (moved > MAX_PORT) {
      throw usageError(port, `${protocol} would be at ${moved}, and ${MAX_PORT} is the last port`);
    }
    if (moved !== 0 && metrics.includes(moved)) {
      throw usageError(port, `${moved} is the flow's 'port_monitoring'`);
    }
  }
  return { ...flow, gateway: { ...flow.gateway, listeners } };
}

function usageError(port: number, reason: string): ClipError {
  return new ClipError("config", `'--port ${port}' cannot be used: ${reason}`, {
    name: "UsageError",
  });
}
