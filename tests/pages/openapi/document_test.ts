import assert from "node:assert/strict";
import type { Key } from "../../../src/flow/key.ts";
import { GATEWAY_KEYS } from "../../../src/flow/gateway_keys.ts";
import type { DescribedInfoRoute } from "../../../src/dialects/jina/info_routes.ts";
import { jinaOpenApi } from "../../../src/dialects/jina/openapi.ts";
import { json } from "../../../src/exchange/http.ts";
import { dataRoutes, type HttpRouteOptions } from "../../../src/dialects/jina/http_routes.ts";
import { HEALTH_OPENAPI } from "../../../src/pages/health_routes.ts";
import { type OpenApiDocument, openApiDocument } from "../../../src/pages/openapi/document.ts";
import { INDEX_PARAMETERS } from "../../../src/dialects/jina/indexing/index_parameters.ts";
import { INDEX_OPERATIONS } from "../../../src/dialects/jina/indexing/operation.ts";
import { PARAMETERS } from "../../../src/dialects/jina/parameters.ts";

const INFO: DescribedInfoRoute[] = [{
  kind: "info",
  method: "GET",
  path: "/dry_run",
  summary: "Ready?",
  tag: "Health",
  model: "Status",
  mayBeUnavailable: true,
  respond: () => json({}),
}];

function describe(options: Partial<HttpRouteOptions> = {}): OpenApiDocument {
  const dataRoutesOptions = {
    noDebugEndpoints: false,
    noCrudEndpoints: false,
    exposeEndpoints: {},
    indexed: false,
    ...options,
  };
  return openApiDocument({ title: null, description: null }, [
    jinaOpenApi({
      dataRoutes: dataRoutes(dataRoutesOptions),
      infoRoutes: INFO,
      models: ["clip_o", "ViT-B-32::openai", "ViT-B/32"],
      indexed: dataRoutesOptions.indexed,
    }),
    HEALTH_OPENAPI,
  ]);
}

/**
 * Where a Python client of Jina 3.15 and later sends a request for `endpoint`, with this
 * description of the server: jina/clients/base/http.py and clients/base/helper.py.
 */
function pathOfJinaClient({ paths }: OpenApiDocument, endpoint: string): string {
  const posts = Object.entries(paths)
    .filter(([, methods]) => "post" in methods)
    .map(([path]) => path.replace(/^\/+|\/+$/g, ""));
  const name = endpoint.replace(/^\/+|\/+$/g, "");
  if (name !== "" && posts.includes(name)) return `/${name}`;
  return posts.includes("default") ? "/default" : "/post";
}

Deno.test("openApiDocument() leads Python clients to paths that are served", () => {
  const document = describe();
  const expected: Record<string, string> = {
    "/": "/post",
    "/encode": "/encode",
    "encode": "/encode",
    "/rank": "/rank",
    "/search": "/search",
    "/index": "/index",
    "/encode/ViT-B-32": "/post",
    "encode/ViT-B-32::openai": "/post",
    "/rank/ViT-B-32": "/post",
    "/update": "/post",
    "/delete": "/post",
    "/default": "/post",
    "/nonsense": "/post",
  };
  for (const [endpoint, path] of Object.entries(expected)) {
    assert.equal(pathOfJinaClient(document, endpoint), path, endpoint);
  }
});

Deno.test("openApiDocument() has all of an indexer where the flow has one, and leads clients there", () => {
  const document = describe({ indexed: true });
  const { paths, components } = document;
  for (const operation of INDEX_OPERATIONS) {
    assert.equal(pathOfJinaClient(document, `/${operation}`), `/${operation}`);
    const post = paths[`/${operation}`]!["post"]!;
    assert.deepEqual(post["requestBody"], { $ref: `#/components/requestBodies/${operation}` });
    assert.ok(paths[`/${operation}/{model}`]!["post"]);
  }
  assert.ok(paths["/update"]!["put"] && paths["/delete"]!["delete"]);
  const { Parameters } = components.schemas as Record<string, { properties: object }>;
  const known = Object.keys({ ...INDEX_PARAMETERS.shape, ...PARAMETERS.shape });
  assert.deepEqual(Object.keys(Parameters!.properties).sort(), known.sort());
  const alone = describe();
  assert.ok(!("/filter" in alone.paths) && !("search" in alone.components.requestBodies!));
  const none = describe({ indexed: true, noCrudEndpoints: true });
  assert.deepEqual(INDEX_OPERATIONS.filter((name) => `/${name}` in none.paths), []);
});

Deno.test("openApiDocument() without /post shows clients the paths of the models", () => {
  const document = describe({ noDebugEndpoints: true });
  assert.ok(!("/post" in document.paths));
  for (const endpoint of ["/encode", "/rank", "/encode/ViT-B-32::openai", "/rank/ViT-B/32"]) {
    assert.equal(pathOfJinaClient(document, endpoint), endpoint);
  }
});

Deno.test("openApiDocument() takes its schemas from what validates", () => {
  const { components } = describe();
  const { Request, Parameters, Document } = components.schemas as Record<
    string,
    { properties: Record<string, { description?: string; anyOf?: unknown[] }> }
  >;
  assert.deepEqual(Object.keys(Parameters!.properties), Object.keys(PARAMETERS.shape));
  for (const [name, schema] of Object.entries(PARAMETERS.shape)) {
    assert.equal(Parameters!.properties[name]!.description, schema.description);
  }
  assert.deepEqual(Request!.properties["parameters"]!.anyOf, [
    { $ref: "#/components/schemas/Parameters" },
    { type: "null" },
  ]);
  assert.equal(Object.keys(Document!.properties).length, 19);
});

Deno.test("openApiDocument() refers to nothing that is not there, and names each tag", () => {
  const document = describe({ exposeEndpoints: { "/mine": { tags: ["Own"] } }, indexed: true });
  const text = JSON.stringify(document);
  const references = [...text.matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)];
  assert.ok(references.length > 20);
  for (const [, kind, name] of references) {
    assert.ok(
      document.components[kind as keyof OpenApiDocument["components"]]?.[name!],
      `${kind} ${name}`,
    );
  }
  assert.equal(references.length, text.split('"$ref"').length - 1);
  const described = new Set(document.tags.map(({ name }) => name));
  const ids = new Set<string>();
  for (const [path, methods] of Object.entries(document.paths)) {
    assert.match(path, /^\//);
    for (const [method, operation] of Object.entries(methods)) {
      assert.match(method, /^(get|put|post|delete|options|head|patch|trace)$/);
      for (const tag of operation["tags"] as string[]) {
        assert.ok(described.has(tag) || tag === "Own", tag);
      }
      const id = operation["operationId"] as string | undefined;
      assert.ok(id === undefined || !ids.has(id), `${id} twice`);
      if (id !== undefined) ids.add(id);
      const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = (operation["parameters"] ?? []) as { name: string; in: string }[];
      assert.deepEqual(declared.map(({ name }) => name), wanted, path);
    }
  }
});

Deno.test("openApiDocument() says that a key is needed where one is", () => {
  const options = { title: null, description: null };
  const get = { tags: ["A"], responses: { 200: { description: "The answer" } } };
  const refused = { ...get, responses: { ...get.responses, "4XX": { description: "Refused" } } };
  const part = { tags: [], paths: { "/open": { get }, "/a": { get }, "/b": { get: refused } } };
  const keyed = openApiDocument({ ...options, open: new Set(["GET /open"]) }, [part]);
  assert.deepEqual(keyed.security, [{ key: [] }]);
  assert.deepEqual(keyed.paths["/open"]!["get"], { ...get, security: [] });
  assert.deepEqual(Object.keys(keyed.paths["/a"]!["get"]!["responses"]!), ["200", "401"]);
  assert.deepEqual(keyed.paths["/b"]!["get"], refused);
  assert.deepEqual(keyed.components.securitySchemes, { key: { type: "http", scheme: "bearer" } });
  const free = openApiDocument(options, []);
  assert.deepEqual([free.security, free.components.securitySchemes], [undefined, undefined]);
});

Deno.test("openApiDocument() has the flow's title and description", () => {
  const given = openApiDocument({ title: "My <CLIP>", description: "*Mine*" }, []);
  assert.equal(given.info.title, "My <CLIP>");
  assert.equal(given.info.description, "*Mine*");
  const own = openApiDocument({ title: null, description: null }, []);
  assert.equal(own.info.title, "clipline");
  assert.match(own.info.description, /CLIP/);
});

Deno.test("expose_endpoints: routes in all of Jina's forms", () => {
  const { paths } = describe({
    exposeEndpoints: {
      "/plain": {},
      "/rank": { http_path: "/v1/rank", methods: ["post", "PUT"], summary: "Mine", tags: ["A"] },
      "/encode": { summary: "Replaced", description: "Long", deprecated: true, operation_id: "e" },
      "/secret": { include_in_schema: false },
      "/named": { name: "its_name", path: "/v1/named" },
    },
  });
  assert.deepEqual(paths["/plain"]!["post"]!["tags"], ["Customized"]);
  assert.deepEqual(Object.keys(paths["/v1/rank"]!), ["post", "put"]);
  assert.equal(paths["/v1/rank"]!["put"]!["summary"], "Mine");
  assert.deepEqual(paths["/v1/rank"]!["put"]!["requestBody"], {
    $ref: "#/components/requestBodies/rank",
  });
  const encode = paths["/encode"]!["post"]!;
  assert.equal(encode["summary"], "Replaced");
  assert.equal(encode["description"], "Long");
  assert.equal(encode["deprecated"], true);
  assert.equal(encode["operationId"], "e");
  assert.ok(!("/secret" in paths));
  assert.equal(paths["/v1/named"]!["post"]!["summary"], "its_name");
});

Deno.test("the flow's key for expose_endpoints refuses what cannot be a route", () => {
  const { schema }: Key = GATEWAY_KEYS.expose_endpoints;
  for (
    const bad of [
      { rank: {} },
      { "/rank": { methods: ["FETCH"] } },
      { "/rank": { methods: [] } },
      { "/rank": { http_path: "no-slash" } },
      { "/rank": { tags: "one" } },
    ]
  ) assert.equal(schema.safeParse(bad).success, false, JSON.stringify(bad));
  assert.ok(schema.safeParse({ "/rank": { methods: ["get", "POST"] } }).success);
});
