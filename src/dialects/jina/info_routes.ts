/** The HTTP routes that tell of the server: for clients, load balancers and people. */
import type { ExecutorTable } from "../../service/executors.ts";
import { json } from "./http_answers.ts";
import type { Lifecycle } from "../../service/lifecycle.ts";
import type { ServerInfo } from "./server_info.ts";
import { httpStatus } from "./status.ts";

/** What the routes tell of. */
export interface InfoRouteOptions {
  lifecycle: Lifecycle;
  executors: ExecutorTable;
  info: ServerInfo;
  noDebugEndpoints: boolean;
}

/** One route; all are `GET`. */
export interface InfoRoute {
  path: string;
  summary: string;
  tag: string;
  /** The answer's model in the OpenAPI description; absent for a free object. */
  model?: string;
  /** The route answers "unavailable" when the server is not ready. */
  mayBeUnavailable: boolean;
  respond: () => Response;
}

const NOT_READY = httpStatus("unavailable");

/** All routes that tell of the server, in the order in which they are documented. */
export function infoRoutes(options: InfoRouteOptions): InfoRoute[] {
  const { lifecycle, executors, info } = options;
  const ready = () => lifecycle.stage === "serving" && executors.ready;
  const stage = () =>
    ready() ? "ready" : lifecycle.stage === "serving" ? "no replica" : lifecycle.stage;
  const routes: InfoRoute[] = [
    {
      path: "/",
      summary: "Say that something listens here",
      tag: "Health",
      mayBeUnavailable: false,
      respond: () => json({}),
    },
    {
      path: "/dry_run",
      summary: "Say whether requests would be served, as Jina's clients ask",
      tag: "Health",
      model: "Status",
      mayBeUnavailable: true,
      respond: () =>
        ready()
          ? json({ code: 0, description: "", exception: null })
          : json({ code: 1, description: `The server is ${stage()}`, exception: null }, NOT_READY),
    },
    {
      path: "/healthz/live",
      summary: "Say that the process lives",
      tag: "Health",
      mayBeUnavailable: false,
      respond: () => json({ status: "live" }),
    },
    {
      path: "/healthz/ready",
      summary: "Say whether requests would be served, and which executors are ready",
      tag: "Health",
      mayBeUnavailable: true,
      respond: () =>
        json(
          {
            status: stage(),
            executors: executors.all.map(({ name, encoder }) => ({
              name,
              replicas: encoder.state.replicas,
              ready: encoder.state.replicasReady,
            })),
          },
          ready() ? 200 : NOT_READY,
        ),
    },
  ];
  if (!options.noDebugEndpoints) {
    routes.push({
      path: "/status",
      summary: "Tell versions, models and queues",
      tag: "Debug",
      mayBeUnavailable: false,
      respond: () => json(info.status()),
    });
  }
  return routes;
}
