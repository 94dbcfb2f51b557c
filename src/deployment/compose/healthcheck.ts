/** How Docker asks a server whether it is ready: with the program in the image that its HEALTHCHECK runs. */
import { HEALTH_COMMAND } from "../plan/ports.ts";
import type { PlannedProbe, PlannedProbes } from "../plan.ts";
import type { Healthcheck } from "./service.ts";

const TIMES = { interval: "10s", timeout: "5s", retries: 3 } as const;

/** The check. Docker has one, of readiness: it restarts nothing by itself. */
export function healthcheck({ ready, startupSeconds }: PlannedProbes): Healthcheck {
  return { test: ["CMD", ...command(ready)], ...TIMES, start_period: `${startupSeconds}s` };
}

function command(probe: PlannedProbe): readonly string[] {
  switch (probe.kind) {
    case "exec":
      return probe.command;
    case "http":
      return [...HEALTH_COMMAND, `http${probe.tls ? "s" : ""}://127.0.0.1:${probe.port}`];
    case "grpc":
    case "tcp":
      return [...HEALTH_COMMAND, `grpc://127.0.0.1:${probe.port}`];
  }
}
