/** `/openapi.json`: the OpenAPI 3.1 description of the HTTP gateway, out of everybody's parts. */
import type { OpenApiObject, OpenApiPart } from "../../exchange/openapi.ts";
import { VERSION } from "../../version.ts";
import { compact } from "./compact.ts";
import { withKeys } from "./keys.ts";
import { mergePaths, type Paths } from "./merge_paths.ts";

/** The title where the flow gives none. */
export const DEFAULT_TITLE = "clipline";

const DEFAULT_DESCRIPTION =
  "CLIP embeddings of texts and images, over the protocols that its clients know: each has a part " +
  "of its own here.";

/** What the flow says of the description. */
export interface OpenApiOptions {
  title: string | null;
  /** Markdown. */
  description: string | null;
  /** Where requests need an API key: those that need none, as `GET /path`. */
  open?: ReadonlySet<string> | undefined;
}

/** An OpenAPI 3.1 document, as far as this server's has parts. */
export interface OpenApiDocument {
  openapi: string;
  info: { title: string; description: string; version: string };
  servers: { url: string; description: string }[];
  tags: { name: string; description: string }[];
  paths: Paths;
  components:
    & Record<"schemas" | "requestBodies" | "responses", Record<string, OpenApiObject>>
    & { securitySchemes?: Record<string, OpenApiObject> };
  security?: Record<string, string[]>[];
}

/**
 * Makes the description. What several parts have on one path and method becomes one operation; of
 * components and tags of one name the first one's stands.
 */
export function openApiDocument(
  { title, description, open }: OpenApiOptions,
  parts: readonly OpenApiPart[],
): OpenApiDocument {
  const merged = mergePaths(parts);
  const paths = open ? withKeys(merged, open) : merged;
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
      ...(open ? { securitySchemes: { key: { type: "http", scheme: "bearer" } } } : {}),
    },
    // `/docs` has a field for it then.
    ...(open ? { security: [{ key: [] }] } : {}),
  };
}

function mergeComponents(
  parts: readonly OpenApiPart[],
  kind: "schemas" | "requestBodies" | "responses",
): Record<string, OpenApiObject> {
  return Object.assign({}, ...parts.map(({ components }) => components?.[kind] ?? {}).reverse());
}
