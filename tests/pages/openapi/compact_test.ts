import assert from "node:assert/strict";
import { compact } from "../../../src/pages/openapi/compact.ts";

const NULL = { type: "null" };

Deno.test("compact() writes 'one of this and null' in the short form, with null among the values", () => {
  assert.deepEqual(
    compact({ properties: { a: { anyOf: [{ type: "string", minLength: 1 }, NULL], title: "A" } } }),
    { properties: { a: { type: ["string", "null"], minLength: 1, title: "A" } } },
  );
  assert.deepEqual(compact({ anyOf: [{ type: "string", enum: ["a", "b"] }, NULL] }), {
    type: ["string", "null"],
    enum: ["a", "b", null],
  });
  const constant = { anyOf: [{ type: "string", const: "a" }, NULL] };
  assert.deepEqual(compact(constant), constant);
  const reference = { anyOf: [{ $ref: "#/components/schemas/A" }, NULL] };
  assert.deepEqual(compact(reference), reference);
});

Deno.test("compact() leaves out what says nothing", () => {
  assert.deepEqual(
    compact({
      type: "object",
      additionalProperties: {},
      propertyNames: { type: "string" },
      properties: {
        when: { type: "string", format: "date-time", pattern: "^.*$" },
        count: { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
        list: { type: "array", items: {} },
      },
    }),
    {
      type: "object",
      properties: {
        when: { type: "string", format: "date-time" },
        count: { type: "integer", minimum: 0 },
        list: { type: "array" },
      },
    },
  );
});
