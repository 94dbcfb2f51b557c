/**
 * `/openapi.json`: the OpenAPI 3.1 description of the HTTP gateway, made from what validates and
 * routes: the models of docarray's JSON, the parameters' schema, the tables of routes.
 *
 * Python clients (Jina 3.15 and later) fetch it before each call, and send to the path that is
 * called as their endpoint if it has a `post` here, to `/default` if that has one, else to `/post`.
 * So only paths that take the body of `/post` have a `post`, and `/default` is never there.
 */
import { z } from "zod";
import { openApiSchemas } from "../dialects/jina/json/model.ts";
import type { InfoRoute } from "../dialects/jina/info_routes.ts";
import type { DataRoute } from "../dialects/jina/http_routes.ts";
import { PARAMETERS } from "../dialects/jina/parameters.ts";
import { VERSION } from "../dialects/jina/server_info.ts";
import { httpStatus } from "../dialects/jina/status.ts";

/** The title where the flow gives none. */
export const DEFAULT_TITLE = "clipline";

const DEFAULT_DESCRIPTION =
  "CLIP embeddings of texts and images, over the protocol of clip-as-service.";

/** What is described. */
export interface OpenApiOptions {
  title: string | null;
  /** Markdown. */
  description: string | null;
  dataRoutes: readonly DataRoute[];
  infoRoutes: readonly InfoRoute[];
  /** The names by which `/encode/<model>` finds models. */
  models: readonly string[];
}

type Json = Record<string, unknown>;

/** An OpenAPI 3.1 document, as far as this server's has parts. */
export interface OpenApiDocument {
  openapi: string;
  info: { title: string; description: string; version: string };
  servers: { url: string; description: string }[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Json>>;
  components: Record<"schemas" | "requestBodies" | "responses", Record<string, Json>>;
}

const TAGS: Record<string, string> = {
  Embeddings: "What this server is for",
  Debug: "Taken away by `no_debug_endpoints: true`",
  CRUD: "Names that Jina gives to every service; taken away by `no_crud_endpoints: true`",
  Health: "Whether the server lives and serves",
};

/** Operations that OpenAPI knows; a route of another method is not described. */
const METHODS = new Set(["get", "put", "post", "delete", "options", "head", "patch", "trace"]);

/** Makes the description. */
export function openApiDocument(options: OpenApiOptions): OpenApiDocument {
  const paths = describePaths(options);
  const used = new Set(
    Object.values(paths).flatMap((path) =>
      Object.values(path).flatMap((operation) => operation["tags"] as string[])
    ),
  );
  return {
    openapi: "3.1.0",
    info: {
      title: options.title ?? DEFAULT_TITLE,
      description: options.description ?? DEFAULT_DESCRIPTION,
      version: VERSION,
    },
    // Relative to this document, so that it holds behind a proxy too.
    servers: [{ url: ".", description: "This server" }],
    tags: Object.entries(TAGS)
      .filter(([name]) => used.has(name))
      .map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas: schemas(), requestBodies: requestBodies(), responses: responses() },
  };
}

function describePaths(options: OpenApiOptions): OpenApiDocument["paths"] {
  const paths: OpenApiDocument["paths"] = {};
  const add = (method: string, path: string, operation: Json) => {
    const key = method.toLowerCase();
    if (METHODS.has(key)) (paths[path] ??= {})[key] = operation;
  };
  const shown = options.dataRoutes.filter((route) => !route.hidden);
  for (const route of shown) {
    const operation = describeDataRoute(route);
    if (!route.path.endsWith("/*")) {
      add(route.method, route.path, operation);
      continue;
    }
    const parent = route.path.slice(0, -1);
    const model = { name: "model", in: "path", required: true, schema: { type: "string" } };
    add(route.method, `${parent}{model}`, { ...operation, parameters: [model] });
    // Without `/post`, clients must find the path for their model by its full name.
    if (shown.some(({ path }) => path === "/post")) continue;
    for (const name of options.models) add(route.method, `${parent}${name}`, operation);
  }
  for (const route of options.infoRoutes) add("GET", route.path, describeInfoRoute(route));
  return paths;
}

function describeDataRoute(route: DataRoute): Json {
  return {
    tags: route.tags,
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(route.operationId === undefined ? {} : { operationId: route.operationId }),
    ...(route.deprecated === undefined ? {} : { deprecated: route.deprecated }),
    requestBody: { $ref: `#/components/requestBodies/${route.work}` },
    responses: DATA_RESPONSES,
  };
}

function describeInfoRoute(route: InfoRoute): Json {
  const schema = route.model === undefined ? { type: "object" } : reference(route.model);
  return {
    tags: [route.tag],
    summary: route.summary,
    responses: {
      200: response("The answer", schema),
      ...(route.mayBeUnavailable
        ? { [httpStatus("unavailable")]: response("Not ready", schema) }
        : {}),
    },
  };
}

/** Of requests with documents. Ranges, because the numbers of all failures would double the size. */
const DATA_RESPONSES = {
  "200": { $ref: "#/components/responses/Answer" },
  [httpStatus("invalid")]: { $ref: "#/components/responses/Invalid" },
  "4XX": { $ref: "#/components/responses/Refused" },
  "5XX": { $ref: "#/components/responses/Failed" },
};

function responses(): Record<string, Json> {
  const detail = { type: "object", properties: { detail: { type: "string" } } };
  return {
    Answer: response(
      "The documents with their embeddings. If one cannot be embedded, `header.status` says why",
      reference("Response"),
    ),
    Invalid: response("The body is not JSON or has the wrong shape", reference("ValidationError")),
    Refused: response(
      `${httpStatus("not_found")}: no such model. ${httpStatus("too_large")}: more bytes or ` +
        `documents than are taken. ${httpStatus("unsupported_media")}: not JSON, or packed in a ` +
        "way that is not read",
      detail,
    ),
    Failed: response(
      `${httpStatus("overloaded")}: overloaded, starting or stopping, send again. ` +
        `${httpStatus("deadline")}: not done in time. \`header.status\` says more`,
      reference("Response"),
    ),
  };
}

function requestBodies(): Record<DataRoute["work"], Json> {
  const body = (example: Json): Json => ({
    required: true,
    content: { "application/json": { schema: reference("Request"), example } },
  });
  return {
    encode: body({ data: [{ text: "a photo of a cat" }] }),
    rank: body({
      data: [{ text: "a photo of a cat", matches: [{ text: "a cat" }, { text: "a dog" }] }],
      execEndpoint: "/rank",
    }),
  };
}

function schemas(): Record<string, Json> {
  const named = openApiSchemas();
  const { $schema: _, ...parameters } = z.toJSONSchema(PARAMETERS, { io: "input" });
  const request = named["Request"]!;
  const properties = {
    ...request["properties"] as Json,
    parameters: { anyOf: [reference("Parameters"), { type: "null" }] },
  };
  return compact({
    ...named,
    Request: { ...request, properties },
    Parameters: parameters,
  }) as Record<string, Json>;
}

/** Leaves out what says nothing: the document goes over the wire before each call of a client. */
function compact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(compact);
  if (typeof value !== "object" || value === null) return value;
  const schema = value as Json;
  const kept: Json = {};
  for (const [key, item] of Object.entries(schema)) {
    const empty = typeof item === "object" && item !== null && Object.keys(item).length === 0;
    if ((key === "additionalProperties" || key === "items") && empty) continue;
    if (key === "propertyNames") continue;
    if (key === "pattern" && "format" in schema) continue;
    if (typeof item === "number" && Math.abs(item) === Number.MAX_SAFE_INTEGER) continue;
    kept[key] = compact(item);
  }
  return kept;
}

function reference(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}

function response(description: string, schema: Json): Json {
  return { description, content: { "application/json": { schema } } };
}
