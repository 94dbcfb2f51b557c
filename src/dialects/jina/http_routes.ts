/** The HTTP routes that take documents. */
import { parseEndpoint } from "./endpoint.ts";
import { INDEX_OPERATIONS, type IndexOperation } from "./indexing/operation.ts";
import { INDEX_ROUTES } from "./indexing/route_descriptions.ts";
import { JINA_TAGS } from "./openapi_tags.ts";

/**
 * An entry of `expose_endpoints`: what Jina hands on to FastAPI's route, as far as it means
 * something here.
 */
export interface ExposedEndpoint {
  /** Jina's name of the path; the endpoint itself if neither is given. */
  http_path?: string | undefined;
  /** The same as `http_path`. */
  path?: string | undefined;
  /** In any case; only POST if absent. */
  methods?: string[] | undefined;
  summary?: string | undefined;
  /** FastAPI's summary where none is given. */
  name?: string | undefined;
  description?: string | undefined;
  tags?: string[] | undefined;
  operation_id?: string | undefined;
  deprecated?: boolean | undefined;
  /** False: served, but not described. */
  include_in_schema?: boolean | undefined;
}

/** What the flow says of routes. */
export interface HttpRouteOptions {
  noDebugEndpoints: boolean;
  noCrudEndpoints: boolean;
  /** By endpoint, e.g. `/rank`. */
  exposeEndpoints: Readonly<Record<string, ExposedEndpoint>>;
  /** Whether the flow has an indexer. */
  indexed: boolean;
}

/** What a route's body asks for. */
export type JinaWork = "encode" | "rank" | IndexOperation;

/** A route that takes documents, and how it is described. */
export interface JinaDataRoute {
  method: string;
  /** Ends in `/*` for all paths below. */
  path: string;
  /** The endpoint that a request's path stands for; undefined where the body names it. */
  endpointOf: (path: string) => string | undefined;
  /** What it wants in the body; `rank` wants matches. */
  work: JinaWork;
  summary: string;
  description?: string;
  tags: string[];
  operationId?: string;
  deprecated?: boolean;
  /** Left out of the OpenAPI description. */
  hidden?: boolean;
}

/** Jina's name for routes of `expose_endpoints` without tags of their own. */
const EXPOSED_TAG = "Customized";

/**
 * All routes that take documents, in the order in which they are documented. A route of
 * `expose_endpoints` takes the place of one with the same path and method.
 */
export function dataRoutes(options: HttpRouteOptions): JinaDataRoute[] {
  const routes = new Map<string, JinaDataRoute>();
  for (const route of [...ownRoutes(options), ...exposedRoutes(options)]) {
    routes.set(`${route.method} ${route.path}`, route);
  }
  return [...routes.values()];
}

function ownRoutes(options: HttpRouteOptions): JinaDataRoute[] {
  const { noDebugEndpoints, noCrudEndpoints, indexed } = options;
  const routes: JinaDataRoute[] = [];
  if (!noDebugEndpoints) {
    routes.push({
      ...fixed(
        "POST",
        "/post",
        "Send documents to the endpoint that the body names",
        JINA_TAGS.debug,
      ),
      endpointOf: () => undefined,
    });
  }
  routes.push(
    fixed("POST", "/encode", "Embed documents", JINA_TAGS.embeddings),
    below("POST", "/encode", "Embed documents with the model of that name", JINA_TAGS.embeddings),
    fixed("POST", "/rank", "Rank the matches of documents", JINA_TAGS.embeddings),
    below("POST", "/rank", "Rank with the model of that name", JINA_TAGS.embeddings),
  );
  if (noCrudEndpoints) return routes;
  if (indexed) return [...routes, ...indexRoutes()];
  const summary = "Embed documents: nothing is stored";
  routes.push(
    fixed("POST", "/index", summary, JINA_TAGS.crud),
    fixed("POST", "/search", summary, JINA_TAGS.crud),
    fixed("PUT", "/update", summary, JINA_TAGS.crud),
    fixed("DELETE", "/delete", summary, JINA_TAGS.crud),
  );
  return routes;
}

/** Each operation of an indexer, and the same of a model of several. */
function* indexRoutes(): Generator<JinaDataRoute> {
  for (const operation of INDEX_OPERATIONS) {
    const { summary, description, method } = INDEX_ROUTES[operation];
    const path = `/${operation}`;
    const told = { work: operation, description } as const;
    yield { ...fixed("POST", path, summary, JINA_TAGS.crud), ...told };
    if (method) yield { ...fixed(method, path, summary, JINA_TAGS.crud), ...told };
    const ofModel = `${summary}, of the model or indexer of that name`;
    yield { ...below("POST", path, ofModel, JINA_TAGS.crud), ...told };
  }
}

function* exposedRoutes(
  { exposeEndpoints, indexed }: HttpRouteOptions,
): Generator<JinaDataRoute> {
  for (const [endpoint, given] of Object.entries(exposeEndpoints)) {
    const path = given.http_path ?? given.path ?? endpoint;
    for (const method of given.methods ?? ["POST"]) {
      yield {
        method: method.toUpperCase(),
        path,
        endpointOf: () => endpoint,
        work: workOf(endpoint, indexed),
        summary: given.summary ?? given.name ?? `Endpoint ${endpoint}`,
        ...(given.description === undefined ? {} : { description: given.description }),
        tags: given.tags ?? [EXPOSED_TAG],
        ...(given.operation_id === undefined ? {} : { operationId: given.operation_id }),
        ...(given.deprecated === undefined ? {} : { deprecated: given.deprecated }),
        hidden: given.include_in_schema === false,
      };
    }
  }
}

/** A route whose path is its endpoint. */
function fixed(method: string, path: string, summary: string, tag: string): JinaDataRoute {
  return { method, path, endpointOf: () => path, work: workOf(path), summary, tags: [tag] };
}

/** All paths below: a model's name may hold slashes, so they are endpoints as they are. */
function below(method: string, path: string, summary: string, tag: string): JinaDataRoute {
  return { ...fixed(method, path, summary, tag), path: `${path}/*`, endpointOf: decodePath };
}

function workOf(endpoint: string, indexed = false): JinaWork {
  const { work, operation } = parseEndpoint(endpoint);
  if (indexed && operation !== undefined) return operation;
  return work === "rank" ? "rank" : "encode";
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
