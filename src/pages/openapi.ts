/** `/openapi.json`: the OpenAPI 3.1 description of the HTTP gateway, out of everybody's parts. */
import type { OpenApiObject, OpenApiPart } from "../exchange/openapi.ts";
import { VERSION } from "../version.ts";

/** The title where the flow gives none. */
export const DEFAULT_TITLE = "clipline";

const DEFAULT_DESCRIPTION =
  "CLIP embeddings of texts and images, over the protocol of clip-as-service.";

/** What the flow says of the description. */
export interface OpenApiOptions {
  title: string | null;
  /** Markdown. */
  description: string | null;
  /** Requests need an API key. */
  keyed?: boolean;
}

/** An OpenAPI 3.1 document, as far as this server's has parts. */
export interface OpenApiDocument {
  openapi: string;
  info: { title: string; description: string; version: string };
  servers: { url: string; description: string }[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, OpenApiObject>>;
  components:
    & Record<"schemas" | "requestBodies" | "responses", Record<string, OpenApiObject>>
    & { securitySchemes?: Record<string, OpenApiObject> };
  security?: Record<string, string[]>[];
}

/** Operations that OpenAPI knows; a route of another method is not described. */
const METHODS = new Set(["get", "put", "post", "delete", "options", "head", "patch", "trace"]);

/** Makes the description; where two parts have one path and method, or one name, the first one's stands. */
export function openApiDocument(
  { title, description, keyed }: OpenApiOptions,
  parts: readonly OpenApiPart[],
): OpenApiDocument {
  const paths = mergePaths(parts);
  const used = new Set(
    Object.values(paths).flatMap((path) =>
      Object.values(path).flatMap((operation) => operation["tags"] as string[])
    ),
  );
  const tags = new Map(
    parts.flatMap((part) => part.tags.map((tag) => [tag.name, tag] as const)).reverse(),
  );
  return {
    openapi: "3.1.0",
    info: {
      title: title ?? DEFAULT_TITLE,
      description: description ?? DEFAULT_DESCRIPTION,
      version: VERSION,
    },
    // Relative to this document, so that it holds behind a proxy too.
    servers: [{ url: ".", description: "This server" }],
    tags: [...tags.values()].reverse().filter(({ name }) => used.has(name)),
    paths,
    components: {
      schemas: compact(mergeComponents(parts, "schemas")),
      requestBodies: mergeComponents(parts, "requestBodies"),
      responses: mergeComponents(parts, "responses"),
      ...(keyed ? { securitySchemes: { key: { type: "http", scheme: "bearer" } } } : {}),
    },
    // `/docs` has a field for it then; what needs none takes one as well.
    ...(keyed ? { security: [{ key: [] }] } : {}),
  };
}

function mergePaths(parts: readonly OpenApiPart[]): OpenApiDocument["paths"] {
  const merged: OpenApiDocument["paths"] = {};
  for (const { paths } of parts) {
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        if (METHODS.has(method)) (merged[path] ??= {})[method] ??= operation;
      }
    }
  }
  return merged;
}

function mergeComponents(
  parts: readonly OpenApiPart[],
  kind: "schemas" | "requestBodies" | "responses",
): Record<string, OpenApiObject> {
  return Object.assign({}, ...parts.map(({ components }) => components?.[kind] ?? {}).reverse());
}

/** Leaves out what says nothing: the document goes over the wire before each call of a client. */
function compact<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(compact) as Value;
  if (typeof value !== "object" || value === null) return value;
  const schema = orNull(value as OpenApiObject);
  const kept: OpenApiObject = {};
  for (const [key, item] of Object.entries(schema)) {
    const empty = typeof item === "object" && item !== null && Object.keys(item).length === 0;
    if ((key === "additionalProperties" || key === "items") && empty) continue;
    if (key === "propertyNames") continue;
    if (key === "pattern" && "format" in schema) continue;
    if (typeof item === "number" && Math.abs(item) === Number.MAX_SAFE_INTEGER) continue;
    kept[key] = compact(item);
  }
  return kept as Value;
}

/** "One of this and null" in the short form: `type` with both names. */
function orNull(schema: OpenApiObject): OpenApiObject {
  const { anyOf, ...rest } = schema as OpenApiObject & { anyOf?: OpenApiObject[] };
  const [given, none] = anyOf ?? [];
  if (anyOf?.length !== 2 || none?.["type"] !== "null" || typeof given?.["type"] !== "string") {
    return schema;
  }
  return { ...given, ...rest, type: [given["type"], "null"] };
}
