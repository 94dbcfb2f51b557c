/** The ports of a flow, and who asks there how the server is. */
import type { FlowConfig } from "../../flow/config.ts";
import type { PlannedMetrics, PlannedPort, PlannedProbe, PlannedProbes } from "../plan.ts";

/** Seconds that a start may take if the flow does not say: weights are there, graphs are opened. */
const STARTUP_SECONDS = 1800;
/** Shorter ones would end starts that are well. */
const LEAST_STARTUP_SECONDS = 60;
/** Eleven days, as the chart has it: who says more means for ever, which 32 bits have no place for. */
const MOST_STARTUP_SECONDS = 1_000_000;

/** Each port once, in the order of the flow, metrics last. */
export function portsOf({ gateway, executors, indexers }: FlowConfig): PlannedPort[] {
  const ports: PlannedPort[] = [];
  const tls = gateway.tls !== null;
  for (const { protocol, port } of gateway.listeners) {
    const shared = ports.findIndex((other) => other.port === port);
    if (shared < 0) {
      ports.push({ name: protocol, port, protocols: [protocol], tls });
      continue;
    }
    const { protocols } = ports[shared]!;
    ports[shared] = { name: "http", port, protocols: [...protocols, protocol], tls };
  }
  const pages = [
    ...(gateway.monitoring ? [gateway.portMonitoring] : []),
    ...[...executors, ...indexers].flatMap(({ monitoring, portMonitoring }) =>
      monitoring && portMonitoring !== null ? [portMonitoring] : []
    ),
  ];
  for (const [index, port] of [...new Set(pages)].entries()) {
    const name = index === 0 ? "metrics" : `metrics-${index + 1}`;
    ports.push({ name, port, protocols: ["metrics"], tls: false });
  }
  return ports;
}

/** The pages of metrics. */
export function metricsOf(ports: readonly PlannedPort[]): PlannedMetrics[] {
  return ports.filter(({ protocols }) => protocols.includes("metrics"))
    .map(({ name, port }) => ({ portName: name, port, path: "/metrics" }));
}

/**
 * How the server is asked: where clients come, as far as somebody without a certificate can ask
 * there, else at the port of the metrics (`checkServers` sees that there is one then).
 */
export function probesOf(
  flow: FlowConfig,
  ports: readonly PlannedPort[],
): PlannedProbes {
  const { gateway, executors, indexers } = flow;
  const times = [...executors, ...indexers].map(({ timeoutReadyMs }) => timeoutReadyMs);
  const startupSeconds = times.every((time) => time !== null)
    ? Math.min(
      MOST_STARTUP_SECONDS,
      Math.max(LEAST_STARTUP_SECONDS, ...times.map((time) => Math.ceil(time! / 1000))),
    )
    : STARTUP_SECONDS;
  const web = ports.find(({ protocols }) =>
    protocols.some((one) => one === "http" || one === "websocket")
  );
  const metrics = gateway.monitoring
    ? ports.find(({ protocols }) => protocols.includes("metrics"))
    : undefined;
  const asked = web !== undefined && gateway.tls?.clientCaFile == null ? web : metrics;
  const http = (port: PlannedPort, path: string): PlannedProbe => ({
    kind: "http",
    port: port.port,
    tls: port.tls,
    path,
  });
  if (asked !== undefined && (web !== undefined || gateway.tls !== null)) {
    return {
      ready: http(asked, "/healthz/ready"),
      live: http(asked, "/healthz/live"),
      startupSeconds,
    };
  }
  const grpc = ports[0]!;
  if (gateway.tls === null) {
    const live: PlannedProbe = metrics === undefined
      ? { kind: "tcp", port: grpc.port }
      : http(metrics, "/healthz/live");
    return { ready: { kind: "grpc", port: grpc.port }, live, startupSeconds };
  }
  const command = [...HEALTH_COMMAND, `grpcs://127.0.0.1:${grpc.port}`];
  return {
    ready: { kind: "exec", command },
    live: { kind: "tcp", port: grpc.port },
    startupSeconds,
  };
}

/** Asks in the container how the server is, as the Dockerfile's HEALTHCHECK does; a URL comes after it. */
export const HEALTH_COMMAND = [
  "deno",
  "run",
  "--cached-only",
  "--no-prompt",
  "--allow-net",
  "--allow-env",
  "--allow-read",
  "--allow-sys",
  "tools/healthcheck.ts",
];
