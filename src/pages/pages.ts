/** What the server says of itself over HTTP: health, the API's description, pages for people. */
import type { ClipError } from "../errors.ts";
import type { Dialect } from "../exchange/dialect.ts";
import { type HttpAnswer, type HttpRoutes, type InfoRoute, json } from "../exchange/http.ts";
import type { ExecutorTable } from "../service/executors.ts";
import type { Lifecycle } from "../service/lifecycle.ts";
import { docsRoutes } from "./docs/docs_page.ts";
import { HEALTH_OPENAPI, healthRoutes } from "./health_routes.ts";
import { type MetricsPage, metricsRoute } from "./metrics_route.ts";
import { DEFAULT_TITLE, openApiDocument } from "./openapi/document.ts";
import { type PlaygroundOptions, playgroundRoutes } from "./playground/playground.ts";
import { StaticContent } from "./static_content.ts";

/** What the pages tell of. */
export interface PagesOptions {
  dialects: readonly Dialect[];
  lifecycle: Lifecycle;
  executors: ExecutorTable;
  /** If there are any. */
  metrics?: MetricsPage | undefined;
  /** Of the API; null for its own. */
  title: string | null;
  description: string | null;
  /** Requests need an API key. */
  keyed?: boolean;
  /** There is no playground, and no metrics. */
  noDebugEndpoints: boolean;
}

/** The routes, to be asked after those of dialects. */
export function pages(options: PagesOptions): HttpRoutes {
  return {
    routes: [
      openApiRoute(options),
      ...docsRoutes(options.title ?? DEFAULT_TITLE, !options.noDebugEndpoints),
      ...healthRoutes(options),
      ...(options.metrics && !options.noDebugEndpoints ? [metricsRoute(options.metrics)] : []),
    ],
    refuse: refusePage,
  };
}

/** The playground, to be asked before dialects: `/` is a page for people with a browser. */
export function playgroundPages(options: PlaygroundOptions): HttpRoutes {
  return { routes: playgroundRoutes(options), refuse: refusePage };
}

/** A page that could not be read, or is for those who have a key. */
function refusePage({ kind, message }: ClipError): HttpAnswer {
  if (kind !== "unauthenticated") return json({ detail: message }, 500);
  return json({ detail: message }, 401, { "www-authenticate": "Bearer" });
}

function openApiRoute(options: PagesOptions): InfoRoute {
  const { dialects, lifecycle } = options;
  const describe = () => {
    const parts = dialects.map(({ http }) => http?.describe?.()).filter((part) =>
      part !== undefined
    );
    const { title, description, keyed } = options;
    const open = keyed ? openRoutes(options) : undefined;
    const document = openApiDocument({ title, description, open }, [...parts, HEALTH_OPENAPI]);
    return new StaticContent(
      () => new TextEncoder().encode(JSON.stringify(document)),
      { type: "application/json", cacheControl: "no-cache" },
    );
  };
  // The models are known when the server has started.
  let openapi: StaticContent | undefined;
  return {
    kind: "info",
    method: "GET",
    path: "/openapi.json",
    // The page that shows it cannot send a key.
    open: true,
    respond: (head) =>
      lifecycle.stage === "starting"
        ? describe().respond(head)
        : (openapi ??= describe()).respond(head),
  };
}

/** Routes that need no key, as `GET /path`. */
function openRoutes(options: PagesOptions): Set<string> {
  const spoken = options.dialects.flatMap(({ http }) => http?.routes ?? []);
  const open = [...spoken, ...healthRoutes(options)].filter((route) => route.open);
  return new Set(open.map(({ method, path }) => `${method} ${path}`));
}
