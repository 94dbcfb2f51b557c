/** The HTTP routes by which Jina's clients and their people ask about the server. */
import { type InfoRoute, json } from "../../exchange/http.ts";
import type { ExecutorTable } from "../../service/executors.ts";
import { type Lifecycle, notReady } from "../../service/lifecycle.ts";
import { JINA_TAGS } from "./openapi_tags.ts";
import type { ServerInfo } from "./server_info.ts";
import { httpStatus } from "./status.ts";

/** What the routes tell of. */
export interface InfoRouteOptions {
  lifecycle: Lifecycle;
  executors: ExecutorTable;
  info: ServerInfo;
  noDebugEndpoints: boolean;
}

/** A route and how it is described; all are `GET`. */
export interface DescribedInfoRoute extends InfoRoute {
  summary: string;
  tag: string;
  /** The answer's model in the OpenAPI description; absent for a free object. */
  model?: string;
  /** The route answers "unavailable" when the server is not ready. */
  mayBeUnavailable: boolean;
}

/** All of them, in the order in which they are documented. */
export function infoRoutes(options: InfoRouteOptions): DescribedInfoRoute[] {
  const { lifecycle, executors, info } = options;
  const route = { kind: "info", method: "GET" } as const;
  const routes: DescribedInfoRoute[] = [
    {
      ...route,
      path: "/",
      open: true,
      summary: "Say that something listens here",
      tag: JINA_TAGS.health,
      mayBeUnavailable: false,
      respond: () => json({}),
    },
    {
      ...route,
      path: "/dry_run",
      open: true,
      summary: "Say whether requests would be served, as Jina's clients ask",
      tag: JINA_TAGS.health,
      model: "Status",
      mayBeUnavailable: true,
      respond() {
        const error = notReady(lifecycle.stage, executors.ready);
        if (!error) return json({ code: 0, description: "", exception: null });
        const status = { code: 1, description: error.message, exception: null };
        return json(status, httpStatus(error.kind));
      },
    },
  ];
  if (options.noDebugEndpoints) return routes;
  routes.push({
    ...route,
    path: "/status",
    summary: "Tell versions, models and queues",
    tag: JINA_TAGS.debug,
    mayBeUnavailable: false,
    respond: async () => json(await info.status()),
  });
  return routes;
}
