/** Serves a flow until a signal ends it. */
import { stderr } from "node:process";
import { systemClock } from "../model/store/clock.ts";
import { barProgress, lineProgress, type ProgressReporter } from "../model/store/progress.ts";
import type { FlowSource } from "../flow/load.ts";
import { GRACE_SECONDS, stopSeconds } from "../stop_times.ts";
import { banner, bannerJson } from "../server/banner.ts";
import { LastGuard } from "../server/last_guard.ts";
import { type Server, startServer } from "../server/server.ts";
import type { Log } from "../telemetry/log.ts";
import type { FlowConfig } from "../flow/config.ts";
import type { ServeOptions } from "./args.ts";
import { openFlow } from "./open_flow.ts";
import { withPort } from "./port_option.ts";
import { EXIT_GAVE_UP, EXIT_INTERRUPTED, EXIT_OK } from "./exit_code.ts";

/** Seconds that a server which is to stop serves on, if `SHUTDOWN_DELAY` does not say. */
const DEFAULT_DELAY_S = 0;

/**
 * Starts the server, waits for SIGTERM or SIGINT, and leaves in order; the exit code. A second signal
 * ends it at once.
 * @throws {ClipError} if the flow is wrong or the start fails.
 */
export async function serve(source: FlowSource, { port }: ServeOptions = {}): Promise<number> {
  const opened = openFlow(source);
  const { log } = opened;
  // With what the flow's `env` says, which is set by now.
  const env = Deno.env.toObject();
  const flow = withPort(opened.flow, port);
  const guard = new LastGuard(log);
  guard.install();
  const stopped = signalled(log);
  const server = await Promise.race([
    startServer(flow, { log, progress: progressFor(log), uncaught: () => guard.uncaught }),
    stopped.then(() => undefined),
  ]);
  // A signal during the start: nothing has been accepted yet.
  if (server === undefined) return EXIT_OK;
  Deno.stdout.writeSync(new TextEncoder().encode(readyText(server, flow, log)));
  await stopped;
  await server.leave(milliseconds(env.SHUTDOWN_DELAY, DEFAULT_DELAY_S));
  const givenUp = await server.stop(milliseconds(env.SHUTDOWN_GRACE, GRACE_SECONDS));
  return givenUp === 0 ? EXIT_OK : EXIT_GAVE_UP;
}

/** The banner; one line of JSON where the log is JSON. */
function readyText(server: Server, { gateway }: FlowConfig, log: Log): string {
  if (log.json) return `${bannerJson(server, Deno.pid)}\n`;
  return banner(server, {
    color: !Deno.env.get("NO_COLOR") && Deno.stdout.isTerminal(),
    description: gateway.description,
    jina: gateway.apis.includes("jina"),
    playground: !gateway.noDebugEndpoints,
    keyed: gateway.apiKeys !== null,
    pid: Deno.pid,
  });
}

/** Resolves at the first signal; the second one ends the process. */
function signalled(log: Log): Promise<void> {
  return new Promise((resolve) => {
    let count = 0;
    const onSignal = () => {
      if (++count > 1) {
        log.warn("Second signal: ending at once");
        Deno.exit(EXIT_INTERRUPTED);
      }
      resolve();
    };
    Deno.addSignalListener("SIGINT", onSignal);
    if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", onSignal);
  });
}

/** @param standard seconds, where the text says none. */
function milliseconds(text: string | undefined, standard: number): number {
  return 1000 * (stopSeconds(text ?? "") ?? standard);
}

function progressFor(log: Log): ProgressReporter {
  if (log.json || !Deno.stderr.isTerminal()) {
    return lineProgress((line) => log.info(line), systemClock);
  }
  return barProgress(stderr, systemClock, { color: !Deno.env.get("NO_COLOR") });
}
