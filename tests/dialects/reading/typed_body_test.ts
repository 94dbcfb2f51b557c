import assert from "node:assert/strict";
import { z } from "zod";
import { FieldError, typed } from "../../../src/dialects/reading/typed_body.ts";

const SCHEMA = z.looseObject({
  model: z.string(),
  dimensions: z.int().min(0).nullish(),
  parts: z.array(z.union([
    z.string(),
    z.looseObject({ text: z.string() }),
  ])).optional(),
});

function fault(value: unknown): [string | null, string] {
  try {
    typed(value, SCHEMA);
  } catch (thrown) {
    assert.ok(thrown instanceof FieldError);
    assert.equal(thrown.kind, "invalid");
    return [thrown.param, thrown.message];
  }
  assert.fail("nothing was wrong");
}

Deno.test("typed() gives what the schema has, and unknown fields are no fault", () => {
  const value = { model: "m", dimensions: null, more: 1, parts: ["a", { text: "b" }] };
  assert.deepEqual(typed(value, SCHEMA), value);
});

Deno.test("typed() names the first field that is wrong", () => {
  assert.deepEqual(fault({})[0], "model");
  assert.deepEqual(fault({ model: 3 })[0], "model");
  assert.equal(fault({ model: 3 })[1], "'model': expected a string, and it is a number");
  assert.equal(fault({ model: "m", dimensions: 1.5 })[0], "dimensions");
  assert.equal(fault({ model: "m", parts: ["a", 3] })[0], "parts.1");
  assert.equal(fault({ model: "m", parts: [{ text: 3 }] })[0], "parts.0.text");
  assert.equal(fault([])[0], null);
  assert.doesNotMatch(fault(null)[1], /^''/);
});
