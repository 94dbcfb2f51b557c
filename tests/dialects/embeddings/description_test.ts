/** What OpenAI's and infinity's dialects say of themselves. */
import assert from "node:assert/strict";
import { infinityOpenApi } from "../../../src/dialects/infinity/openapi.ts";
import { openAiOpenApi } from "../../../src/dialects/openai/openapi.ts";
import { statusOf } from "../../../src/dialects/statuses.ts";
import type { OpenApiPart } from "../../../src/exchange/openapi.ts";
import { ExecutorTable } from "../../../src/service/executors.ts";
import { FAKE_DIMENSIONS, FakeEncoder } from "../../support/fake_encoder.ts";

const EXECUTORS = new ExecutorTable([{
  name: "clip_t",
  models: ["fake"],
  accessPaths: "@r",
  encoder: new FakeEncoder(),
  description: {},
} as never]);

const PARTS: Record<string, OpenApiPart> = {
  openai: openAiOpenApi(EXECUTORS),
  infinity: infinityOpenApi(EXECUTORS),
};

for (const [name, part] of Object.entries(PARTS)) {
  Deno.test(`${name}: the description refers to nothing that is not there`, () => {
    const references = [
      ...JSON.stringify(part).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g),
    ];
    assert.ok(references.length > 5);
    for (const [, schema] of references) {
      assert.ok(part.components?.schemas?.[schema!], `${schema} is not there`);
    }
  });

  Deno.test(`${name}: what takes a body is described at the root and below /v1, with every way to be refused`, () => {
    for (const [path, operations] of Object.entries(part.paths)) {
      const { post } = operations;
      if (!post) continue;
      assert.ok(part.paths[path.startsWith("/v1/") ? path.slice(3) : `/v1${path}`], path);
      const responses = Object.keys(post["responses"] as object).map(Number);
      for (const kind of ["invalid", "overloaded", "not_found", "deadline", "too_large"] as const) {
        assert.ok(responses.includes(statusOf(kind, "openai")), `${path}: ${kind}`);
      }
    }
  });
}

Deno.test("the description knows how many dimensions there are, and that null is nothing", () => {
  const schema = PARTS["openai"]!.components!.schemas!["OpenAiEmbeddings"] as {
    properties: Record<string, Described>;
  };
  for (const key of ["dimensions", "output_dimension"]) {
    const [number] = schema.properties[key]!.anyOf!;
    assert.deepEqual([number!.minimum, number!.maximum], [0, FAKE_DIMENSIONS]);
  }
  for (const [key, { type, anyOf = [] }] of Object.entries(schema.properties)) {
    assert.ok([type, ...anyOf.map(({ type }) => type)].flat().includes("null"), key);
  }
});

interface Described {
  type?: string | string[];
  minimum?: number;
  maximum?: number;
  anyOf?: Described[];
}
