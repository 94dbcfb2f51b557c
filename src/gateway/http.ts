/**
 * The HTTP gateway: Jina's `POST /post` and its relatives over `Deno.serve`, as a function from
 * request to response that needs no socket.
 */
import { ClipError } from "../errors.ts";
import { decodeRequestJson } from "../docarray/json_request.ts";
import { encodeResponseJson } from "../docarray/json_response.ts";
import type { Log } from "../telemetry/log.ts";
import { corsHeaders, preflight } from "./cors.ts";
import type { ExecutorTable } from "./executors.ts";
import type { Gate } from "./gate.ts";
import { failure, json, jsonText, methodNotAllowed, notFound } from "./http_answers.ts";
import { readBody } from "./http_body.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { dataRoutes, type HttpRouteOptions } from "./http_routes.ts";
import { NO_REQUEST_OBSERVER, outcomeOf, type RequestObserver } from "./request_observer.ts";
import type { Service } from "./service.ts";
import type { ServerInfo } from "./server_info.ts";

/** What the HTTP gateway needs. */
export interface HttpGatewayOptions extends HttpRouteOptions {
  service: Service;
  gate: Gate;
  lifecycle: Lifecycle;
  executors: ExecutorTable;
  info: ServerInfo;
  log: Log;
  cors: boolean;
  /** Bound on a body, as sent and as unpacked. */
  maxMessageBytes: number;
  /** Hears of each request that brings documents. */
  observer?: RequestObserver;
  /** Pages beside the API (documentation, playground): asked first; undefined means not theirs. */
  pages?: (request: Request, url: URL) => Response | undefined | Promise<Response | undefined>;
}

type Handler = (request: Request) => Response | Promise<Response>;

/** Makes the handler for `Deno.serve`. It never throws. */
export function httpHandler(options: HttpGatewayOptions): Handler {
  const { log, cors, pages } = options;
  const routes = new Routes();
  addInfoRoutes(routes, options);
  for (const route of dataRoutes(options)) {
    routes.add(
      route.method,
      route.path,
      (request) => serveData(request, route.endpointOf, options),
    );
  }
  return async (request) => {
    const url = new URL(request.url);
    try {
      if (cors && preflight(request)) return preflight(request)!;
      const page = await pages?.(request, url);
      const response = page ?? await routes.serve(request, url.pathname);
      if (cors) {
        for (const [name, value] of corsHeaders(request)) response.headers.set(name, value);
      }
      return response;
    } catch (thrown) {
      const error = ClipError.wrap(thrown, "model");
      if (!(thrown instanceof ClipError)) {
        log.error("A request failed for a reason of the server's own", {
          path: url.pathname,
          reason: thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown),
        });
        return failure(new ClipError("model", "The server failed; its log says why"));
      }
      log.debug("Request refused", { path: url.pathname, reason: error.message });
      return failure(error);
    }
  };
}

/** Paths and what serves them by method. A path that ends in `/*` stands for all below it. */
class Routes {
  readonly #exact = new Map<string, Map<string, Handler>>();

  add(method: string, path: string, handler: Handler): void {
    const methods = this.#exact.get(path) ?? new Map<string, Handler>();
    methods.set(method, handler);
    this.#exact.set(path, methods);
  }

  serve(request: Request, path: string): Response | Promise<Response> {
    const methods = this.#find(path);
    if (!methods) return notFound();
    const handler = methods.get(request.method);
    return handler ? handler(request) : methodNotAllowed([...methods.keys()].join(", "));
  }

  #find(path: string): Map<string, Handler> | undefined {
    const exact = this.#exact.get(path);
    if (exact) return exact;
    const slash = path.indexOf("/", 1);
    return slash > 0 && slash < path.length - 1
      ? this.#exact.get(`${path.slice(0, slash)}/*`)
      : undefined;
  }
}

function addInfoRoutes(routes: Routes, options: HttpGatewayOptions): void {
  const { lifecycle, executors, info } = options;
  const ready = () => lifecycle.stage === "serving" && executors.ready;
  routes.add("GET", "/", () => json({}));
  routes.add(
    "GET",
    "/dry_run",
    () =>
      ready()
        ? json({ code: 0, description: "", exception: null })
        : json({ code: 1, description: `The server is ${lifecycle.stage}`, exception: null }, 503),
  );
  routes.add("GET", "/healthz/live", () => json({ status: "live" }));
  routes.add("GET", "/healthz/ready", () =>
    json(
      {
        status: ready() ? "ready" : lifecycle.stage === "serving" ? "no replica" : lifecycle.stage,
        executors: executors.all.map(({ name, encoder }) => ({
          name,
          replicas: encoder.state.replicas,
          ready: encoder.state.replicasReady,
        })),
      },
      ready() ? 200 : 503,
    ));
  if (!options.noDebugEndpoints) routes.add("GET", "/status", () => json(info.status()));
}

async function serveData(
  request: Request,
  endpointOf: (request: Request) => string | undefined,
  options: HttpGatewayOptions,
): Promise<Response> {
  const { lifecycle, executors, gate, service } = options;
  const watch = (options.observer ?? NO_REQUEST_OBSERVER).arrived("http");
  let leave = () => {};
  try {
    // Admission comes before the body is read: a refused body costs nothing.
    if (lifecycle.stage !== "serving") {
      throw new ClipError("unavailable", `The server is ${lifecycle.stage}`);
    }
    if (executors.full) throw new ClipError("overloaded", "The queue is full: send again later");
    leave = gate.tryEnter();
    requireJson(request);
    const body = await readBody(request, options.maxMessageBytes);
    const data = decodeRequestJson(body);
    data.execEndpoint = endpointOf(request) ?? data.execEndpoint;
    watch.read(data.execEndpoint, data.docs.length, body.length);
    const answer = await service.handle(data, { signal: request.signal });
    const bytes = encodeResponseJson(answer, "http");
    watch.answered(outcomeOf(answer), bytes.length);
    return jsonText(bytes);
  } catch (thrown) {
    watch.answered(ClipError.wrap(thrown, "model").kind, 0);
    throw thrown;
  } finally {
    leave();
  }
}

/** A missing Content-Type counts as JSON, as in the original. */
function requireJson(request: Request): void {
  const type = request.headers.get("content-type");
  if (type === null || /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type.trim())) return;
  throw new ClipError(
    "unsupported_media",
    `Content-Type '${type}' is not read: send application/json`,
  );
}
