/** Probes of a container. */
import type { PlannedProbe, PlannedProbes } from "../plan.ts";

/** Seconds between two questions while it starts. */
const STARTUP_PERIOD = 5;
/** A process for each question: less often. */
const EXEC_PERIOD = 10;

/** `startupProbe`, `readinessProbe` and `livenessProbe`. */
export function containerProbes({ ready, live, startupSeconds }: PlannedProbes) {
  const period = ready.kind === "exec" ? EXEC_PERIOD : STARTUP_PERIOD;
  return {
    startupProbe: {
      ...probeHandler(ready),
      periodSeconds: period,
      timeoutSeconds: 5,
      failureThreshold: Math.ceil(startupSeconds / period),
    },
    readinessProbe: {
      ...probeHandler(ready),
      periodSeconds: ready.kind === "exec" ? EXEC_PERIOD : 2,
      timeoutSeconds: ready.kind === "exec" ? 5 : 2,
      failureThreshold: 2,
    },
    // A minute of silence: a server that is only slow must not be ended for it.
    livenessProbe: {
      ...probeHandler(live),
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 6,
    },
  };
}

/** What is asked, as Kubernetes says it. */
export function probeHandler(probe: PlannedProbe): Record<string, unknown> {
  switch (probe.kind) {
    case "http": {
      const scheme = probe.tls ? "HTTPS" : "HTTP";
      return { httpGet: { path: probe.path, port: probe.port, scheme } };
    }
    case "grpc":
      return { grpc: { port: probe.port } };
    case "tcp":
      return { tcpSocket: { port: probe.port } };
    case "exec":
      return { exec: { command: [...probe.command] } };
  }
}
