import assert from "node:assert/strict";
import type { OpenApiObject, OpenApiPart } from "../../../src/exchange/openapi.ts";
import { mergePaths } from "../../../src/pages/openapi/merge_paths.ts";

type Operations = Record<string, OpenApiObject>;

function part(
  paths: Record<string, Operations>,
  components?: OpenApiPart["components"],
): OpenApiPart {
  return { tags: [], paths, ...(components === undefined ? {} : { components }) };
}

const json = (schema: OpenApiObject, more: OpenApiObject = {}) => ({
  content: { "application/json": { schema, ...more } },
});
const schema = (name: string) => ({ $ref: `#/components/schemas/${name}` });

Deno.test("mergePaths() keeps paths and operations in the order in which they come", () => {
  const get = { tags: ["A"], responses: {} };
  const merged = mergePaths([
    part({ "/b": { post: get }, "/a": { get, x_own: get } }),
    part({ "/c": { get }, "/b": { get } }),
  ]);
  assert.deepEqual(Object.keys(merged), ["/b", "/a", "/c"]);
  assert.deepEqual(Object.keys(merged["/b"]!), ["post", "get"]);
  assert.deepEqual(Object.keys(merged["/a"]!), ["get"]);
});

Deno.test("mergePaths() makes one operation of two dialects' on one path and method", () => {
  const merged = mergePaths([
    part({
      "/rerank": {
        post: {
          tags: ["A"],
          summary: "Rank documents",
          description: "Best first.",
          operationId: "a_rerank",
          requestBody: { $ref: "#/components/requestBodies/A" },
          responses: {
            200: { description: "Ranked", ...json(schema("AAnswer")) },
            "4XX": { $ref: "#/components/responses/ARefused" },
          },
        },
      },
    }, {
      requestBodies: { A: { required: true, ...json(schema("AQuestion"), { example: { a: 1 } }) } },
      responses: { ARefused: { description: "Refused", ...json(schema("AError")) } },
    }),
    part({
      "/rerank": {
        post: {
          tags: ["B"],
          summary: "Rank texts",
          operationId: "b_rerank",
          requestBody: {
            required: true,
            ...json(schema("BQuestion"), { examples: { short: { value: { b: 2 } } } }),
          },
          responses: {
            200: {
              description: "Ranked",
              headers: { "x-time": { required: true, schema: { type: "integer" } } },
              ...json(schema("BAnswer")),
            },
            424: { description: "The engine failed", content: { "text/plain": {} } },
          },
        },
      },
    }),
  ]);
  const { post } = merged["/rerank"]!;
  assert.deepEqual(post, {
    tags: ["A", "B"],
    summary: "A: Rank documents; B: Rank texts",
    description: "Best first.",
    operationId: "a_rerank_or_b_rerank",
    requestBody: {
      required: true,
      content: {
        "application/json": {
          schema: { anyOf: [schema("AQuestion"), schema("BQuestion")] },
          examples: { "A": { value: { a: 1 } }, "B: short": { value: { b: 2 } } },
        },
      },
    },
    responses: {
      200: {
        description: "Ranked",
        headers: { "x-time": { schema: { type: "integer" } } },
        content: {
          "application/json": { schema: { anyOf: [schema("AAnswer"), schema("BAnswer")] } },
        },
      },
      // A's 424 is one of its `4XX`.
      424: {
        description: "Refused. Or: The engine failed",
        content: { "application/json": { schema: schema("AError") }, "text/plain": {} },
      },
      "4XX": { description: "Refused", ...json(schema("AError")) },
    },
  });
});

Deno.test("mergePaths(): bodies of other media types stand beside one another", () => {
  const body = (type: string, name: string) => ({
    required: true,
    content: { [type]: { schema: schema(name) } },
  });
  const post = (tag: string, requestBody: OpenApiObject) => ({
    post: { tags: [tag], requestBody, responses: { 200: { description: "The answer" } } },
  });
  const merged = mergePaths([
    part({ "/predict": post("A", body("multipart/form-data", "Form")) }),
    part({ "/predict": post("B", body("application/json", "Json")) }),
  ]);
  assert.deepEqual(merged["/predict"]!["post"]!["requestBody"], {
    required: true,
    content: {
      "multipart/form-data": { schema: schema("Form") },
      "application/json": { schema: schema("Json") },
    },
  });
});

Deno.test("mergePaths(): a parameter is required if all require it", () => {
  const parameter = (name: string, required: boolean, type: string) => ({
    name,
    in: name === "model" ? "path" : "header",
    required,
    schema: { type },
  });
  const post = (tag: string, ...parameters: OpenApiObject[]) => ({
    post: { tags: [tag], parameters, responses: { 200: { description: "The answer" } } },
  });
  const merged = mergePaths([
    part({
      "/{model}/x": post("A", parameter("model", true, "string"), parameter("h", true, "string")),
    }),
    part({ "/{model}/x": post("B", parameter("model", true, "string")) }),
    part({ "/{model}/x": post("C", parameter("model", true, "string")) }),
  ]);
  assert.deepEqual(merged["/{model}/x"]!["post"]!["parameters"], [
    { name: "model", in: "path", required: true, schema: { type: "string" } },
    { name: "h", in: "header", schema: { type: "string" } },
  ]);
});

Deno.test("mergePaths(): of what is told the first is described, under everybody's tag", () => {
  const health = (tag: string, description: string) => ({
    "/health": { get: { tags: [tag], summary: tag, responses: { 200: { description } } } },
  });
  const merged = mergePaths([part(health("A", "a time")), part(health("B", "nothing"))]);
  assert.deepEqual(merged["/health"]!["get"], {
    tags: ["A", "B"],
    summary: "A",
    responses: { 200: { description: "a time" } },
  });
});

Deno.test("mergePaths(): one path has one spelling, whatever its parameters are called", () => {
  const get = (name: string) => ({
    tags: [name],
    parameters: [
      { name, in: "path", required: true, schema: { type: "string" } },
      { name: "q", in: "query", schema: { type: "string" } },
    ],
    responses: {},
  });
  const merged = mergePaths([
    part({ "/models/{id}": { get: get("id") } }),
    part({ "/models/{model}": { delete: get("model") } }),
  ]);
  assert.deepEqual(Object.keys(merged), ["/models/{id}"]);
  const { parameters } = merged["/models/{id}"]!["delete"] as { parameters: { name: string }[] };
  assert.deepEqual(parameters.map(({ name }) => name), ["id", "q"]);
});

Deno.test("mergePaths(): ids of operations are unique", () => {
  const get = { tags: [], operationId: "same", responses: {} };
  const merged = mergePaths([part({ "/a": { get }, "/b": { get } }), part({ "/c": { get } })]);
  const ids = Object.values(merged).map((path) => path["get"]!["operationId"]);
  assert.deepEqual(ids, ["same", "same_2", "same_3"]);
});
