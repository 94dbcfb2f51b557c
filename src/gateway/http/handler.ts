/**
 * The HTTP gateway: Jina's `POST /post` and its relatives, as a function from
 * request to response that needs no socket.
 */
import { ClipError } from "../../errors.ts";
import { decodeRequestJson } from "../../dialects/jina/json/request.ts";
import { encodeResponseJson } from "../../dialects/jina/json/response.ts";
import type { DataRequest } from "../../dialects/jina/document/request.ts";
import type { Log } from "../../telemetry/log.ts";
import { corsHeaders, preflight } from "./cors.ts";
import { addDocsPage } from "../../pages/docs_page.ts";
import type { Gate } from "../admission/gate.ts";
import { HeldBytes, type Hold } from "../admission/held_bytes.ts";
import { badUrl, failure, jsonBytes } from "../../dialects/jina/http_answers.ts";
import { readBody } from "./body.ts";
import { type InfoRouteOptions, infoRoutes } from "../../dialects/jina/info_routes.ts";
import { HttpRouter } from "./router.ts";
import {
  type DataRoute,
  dataRoutes,
  type HttpRouteOptions,
} from "../../dialects/jina/http_routes.ts";
import { DEFAULT_TITLE, openApiDocument } from "../../pages/openapi.ts";
import {
  NO_REQUEST_OBSERVER,
  outcomeOf,
  type RequestObserver,
} from "../../telemetry/request_observer.ts";
import type { Service } from "../../service/service.ts";
import { StaticContent } from "../../pages/static_content.ts";

/** Serves pages beside the API, such as a playground; undefined means that it is not its page. */
export type PageHandler = (
  request: Request,
  url: URL,
) => Response | undefined | Promise<Response | undefined>;

/** All bodies inside together may weigh as much as this many of the largest. */
const HELD_MESSAGES = 4;

/** What the HTTP gateway needs. */
export interface HttpGatewayOptions extends HttpRouteOptions, InfoRouteOptions {
  service: Service;
  gate: Gate;
  log: Log;
  cors: boolean;
  /** Bound on a body, as sent and as unpacked. */
  maxMessageBytes: number;
  /** Of the API's description; null for its own. */
  title: string | null;
  description: string | null;
  /** Hears of each request that brings documents. */
  observer?: RequestObserver;
  /** Asked in turn, before the API's own routes. */
  pages?: readonly PageHandler[];
}

/** Makes the handler. It never throws. */
export function httpHandler(
  options: HttpGatewayOptions,
): (request: Request) => Promise<Response> {
  const { cors, pages = [], log } = options;
  const router = makeRouter(options);
  const answer = async (request: Request): Promise<Response> => {
    const url = URL.parse(request.url);
    if (url === null) return badUrl();
    try {
      for (const page of pages) {
        const response = await page(request, url);
        if (response) return response;
      }
      return await router.serve(request, url.pathname);
    } catch (thrown) {
      return refuse(thrown, url.pathname, log);
    }
  };
  if (!cors) return answer;
  return async (request) => {
    const response = preflight(request) ?? await answer(request);
    // Also on what failed: without them a page learns nothing but that its request failed.
    for (const [name, value] of corsHeaders(request)) {
      if (name === "vary") response.headers.append(name, value);
      else response.headers.set(name, value);
    }
    return response;
  };
}

function makeRouter(options: HttpGatewayOptions): HttpRouter {
  const router = new HttpRouter();
  const info = infoRoutes(options);
  const data = dataRoutes(options);
  const describe = () => {
    const document = openApiDocument({
      title: options.title,
      description: options.description,
      dataRoutes: data,
      infoRoutes: info,
      models: options.executors.all.flatMap(({ name, models }) => [name, ...models]),
    });
    return new StaticContent(
      () => new TextEncoder().encode(JSON.stringify(document)),
      { type: "application/json", cacheControl: "no-cache" },
    );
  };
  // The models are known when the server has started.
  let openapi: StaticContent | undefined;
  router.add("GET", "/openapi.json", (request) => {
    if (options.lifecycle.stage === "starting") return describe().respond(request);
    return (openapi ??= describe()).respond(request);
  });
  addDocsPage(router, options.title ?? DEFAULT_TITLE);
  for (const { path, respond } of info) router.add("GET", path, respond);
  const bytes = new HeldBytes(HELD_MESSAGES * options.maxMessageBytes);
  for (const route of data) {
    router.add(
      route.method,
      route.path,
      (request, path) => serveData(request, path, route, options, bytes.open()),
    );
  }
  return router;
}

async function serveData(
  request: Request,
  path: string,
  route: DataRoute,
  options: HttpGatewayOptions,
  hold: Hold,
): Promise<Response> {
  const { lifecycle, executors, gate, service } = options;
  const watch = (options.observer ?? NO_REQUEST_OBSERVER).arrived("http");
  let leave = () => {};
  let data: DataRequest | undefined;
  try {
    // Admission comes before the body is read: a refused body costs nothing.
    if (lifecycle.stage !== "serving") {
      throw new ClipError("unavailable", `The server is ${lifecycle.stage}`);
    }
    if (executors.full) throw new ClipError("overloaded", "The queue is full: send again later");
    leave = gate.tryEnter();
    requireJson(request);
    const body = await readBody(request, options.maxMessageBytes, hold);
    data = decodeRequestJson(body);
    data.execEndpoint = route.endpointOf(path) ?? data.execEndpoint;
    watch.read(data.execEndpoint, data.docs.length, body.length);
    const answer = await service.handle(data, { signal: request.signal });
    const bytes = encodeResponseJson(answer, "http");
    watch.answered(outcomeOf(answer), bytes.length);
    return jsonBytes(bytes);
  } catch (thrown) {
    watch.answered(ClipError.wrap(thrown, "model").kind, 0);
    return refuse(thrown, path, options.log, data);
  } finally {
    hold.release();
    leave();
  }
}

/** The answer to a request that failed, with a word in the log. */
function refuse(thrown: unknown, path: string, log: Log, request?: DataRequest): Response {
  if (thrown instanceof ClipError) {
    log.debug("Request refused", { path, reason: thrown.message });
    return failure(thrown, request);
  }
  log.error("A request failed for a reason of the server's own", {
    path,
    reason: thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown),
  });
  return failure(new ClipError("model", "The server failed; its log says why"), request);
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
