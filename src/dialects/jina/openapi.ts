/**
 * Jina's part of `/openapi.json`, made from what validates and routes: the models of its JSON, the
 * parameters' schema, the tables of routes.
 *
 * Python clients (Jina 3.15 and later) fetch it before their first call, and send to the path that
 * is called as their endpoint if it has a `post`, to `/default` if that has one, else to `/post`. So
 * `/default` is never there, and paths of other dialects take Jina's bodies too
 * (python_client_body.ts).
 */
import { z } from "zod";
import type { OpenApiObject, OpenApiPart } from "../../exchange/openapi.ts";
import type { JinaDataRoute, JinaWork } from "./http_routes.ts";
import { INDEX_PARAMETERS } from "./indexing/index_parameters.ts";
import { INDEX_OPERATIONS } from "./indexing/operation.ts";
import { INDEX_ROUTES } from "./indexing/route_descriptions.ts";
import type { DescribedInfoRoute } from "./info_routes.ts";
import { openApiSchemas } from "./json/model.ts";
import { PARAMETERS } from "./parameters.ts";
import { JINA_TAGS } from "./openapi_tags.ts";
import { httpStatus } from "./status.ts";

/** What is described. */
export interface JinaOpenApiOptions {
  dataRoutes: readonly JinaDataRoute[];
  infoRoutes: readonly DescribedInfoRoute[];
  /** The names by which `/encode/<model>` finds models. */
  models: readonly string[];
  /** Whether the flow has an indexer. */
  indexed: boolean;
}

const TAGS = [
  {
    name: JINA_TAGS.embeddings,
    description: "For `clip_client` and Jina's own client: documents in, documents out",
  },
  { name: JINA_TAGS.debug, description: "Taken away by `no_debug_endpoints: true`" },
  {
    name: JINA_TAGS.crud,
    description: "Names that Jina gives to every service; taken away by `no_crud_endpoints: true`",
  },
  { name: JINA_TAGS.health, description: "Whether the server serves, as Jina's clients ask" },
];

/** Makes the part. */
export function jinaOpenApi(options: JinaOpenApiOptions): OpenApiPart {
  return {
    tags: TAGS,
    paths: describePaths(options),
    components: {
      schemas: schemas(options),
      requestBodies: requestBodies(options),
      responses: responses(),
    },
  };
}

function describePaths(options: JinaOpenApiOptions): OpenApiPart["paths"] {
  const paths: Record<string, Record<string, OpenApiObject>> = {};
  const add = (method: string, path: string, operation: OpenApiObject) =>
    (paths[path] ??= {})[method.toLowerCase()] = operation;
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

function describeDataRoute(route: JinaDataRoute): OpenApiObject {
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

function describeInfoRoute(route: DescribedInfoRoute): OpenApiObject {
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

function responses(): Record<string, OpenApiObject> {
  const detail = { type: "object", properties: { detail: { type: "string" } } };
  return {
    Answer: response(
      "The documents, with embeddings or `matches`. If one of them cannot be served, " +
        "`header.status` says why",
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

function requestBodies({ indexed }: JinaOpenApiOptions): Partial<Record<JinaWork, OpenApiObject>> {
  const body = (example: OpenApiObject): OpenApiObject => ({
    required: true,
    content: { "application/json": { schema: reference("Request"), example } },
  });
  const ofIndexers = INDEX_OPERATIONS.map((name) => [name, body(INDEX_ROUTES[name].example)]);
  return {
    encode: body({ data: [{ text: "a photo of a cat" }] }),
    rank: body({
      data: [{ text: "a photo of a cat", matches: [{ text: "a cat" }, { text: "a dog" }] }],
      execEndpoint: "/rank",
    }),
    ...(indexed ? Object.fromEntries(ofIndexers) : {}),
  };
}

function schemas({ indexed }: JinaOpenApiOptions): Record<string, OpenApiObject> {
  const named = openApiSchemas();
  // What both have is described by the encoder's.
  const known = indexed ? INDEX_PARAMETERS.extend(PARAMETERS.shape) : PARAMETERS;
  const { $schema: _, ...parameters } = z.toJSONSchema(known, { io: "input" });
  const request = named["Request"]!;
  const properties = {
    ...request["properties"] as OpenApiObject,
    parameters: { anyOf: [reference("Parameters"), { type: "null" }] },
  };
  return { ...named, Request: { ...request, properties }, Parameters: withNull(parameters) };
}

/** The schema of an object each of whose properties may be `null`, which is the same as absent. */
function withNull(schema: OpenApiObject): OpenApiObject {
  const properties: Record<string, OpenApiObject> = {};
  for (const [name, property] of Object.entries(schema["properties"] as OpenApiObject)) {
    const { type, enum: values, ...rest } = property as OpenApiObject & { enum?: unknown[] };
    const some = values === undefined ? {} : { enum: [...values, null] };
    // What has no type may be anything, `null` too.
    properties[name] = type === undefined
      ? property as OpenApiObject
      : { ...rest, type: [type, "null"].flat(), ...some };
  }
  return { ...schema, properties };
}

function reference(name: string): OpenApiObject {
  return { $ref: `#/components/schemas/${name}` };
}

function response(description: string, schema: OpenApiObject): OpenApiObject {
  return { description, content: { "application/json": { schema } } };
}
