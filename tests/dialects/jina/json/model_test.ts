import assert from "node:assert/strict";
import {
  openApiSchemas,
  responseModel,
  validationErrorModel,
} from "../../../../src/dialects/jina/json/model.ts";
import { readNow, writeNow } from "./read_request.ts";
import { embeddingToNdArray } from "../../../../src/dialects/jina/document/nd_array.ts";
import type { Status } from "../../../../src/dialects/jina/document/request.ts";
import { BodyValidationError } from "../../../../src/dialects/jina/document/request_error.ts";

Deno.test("openApiSchemas() names every model, and every reference leads to one", () => {
  const schemas = openApiSchemas();
  for (
    const name of ["Request", "Response", "Document", "NamedScore", "Status", "ValidationError"]
  ) {
    assert.equal(schemas[name]?.["type"], "object", name);
  }
  const references = JSON.stringify(schemas).matchAll(/"\$ref":"([^"]*)"/g);
  let count = 0;
  for (const [, reference] of references) {
    count++;
    const name = /^#\/components\/schemas\/(\w+)$/.exec(reference!)?.[1];
    assert.ok(name !== undefined && name in schemas, reference ?? "");
  }
  assert.ok(count >= 6);
});

Deno.test("answers are what their model says", () => {
  const status: Status = {
    code: 1,
    description: "no",
    exception: { name: "E", args: [], stacks: [], executor: "X" },
  };
  const json = writeNow({
    requestId: "r",
    execEndpoint: "/rank",
    parameters: { a: 1 },
    status,
    routes: [{ executor: "gateway", startTime: 1e12, endTime: 1e12 + 1, status }, {
      executor: "clip",
      startTime: 1e12,
    }],
    docs: [{
      id: "d",
      embedding: embeddingToNdArray(new Float32Array(2)),
      matches: [{ id: "m", scores: { s: { value: 1, opName: "cosine" } } }],
    }],
  });
  const parsed = responseModel.parse(JSON.parse(new TextDecoder().decode(json)));
  assert.equal(parsed.data[0]?.matches?.[0]?.scores?.["s"]?.op_name, "cosine");
});

Deno.test("refusals are what their model says", () => {
  assert.throws(() => readNow({ data: "x" }), (error: unknown) => {
    assert.ok(error instanceof BodyValidationError);
    validationErrorModel.parse({ detail: error.detail });
    return true;
  });
});
