import assert from "node:assert/strict";
import { inForm, unitLength } from "../../src/service/vector.ts";

const VECTOR = Float32Array.of(3, 4, 12);

Deno.test("inForm() cuts first and scales then", () => {
  assert.deepEqual(inForm(VECTOR, { unit: false }), VECTOR);
  assert.deepEqual(inForm(VECTOR, { unit: true }), Float32Array.of(3 / 13, 4 / 13, 12 / 13));
  assert.deepEqual(inForm(VECTOR, { unit: true, dimensions: 2 }), Float32Array.of(0.6, 0.8));
  assert.deepEqual(inForm(VECTOR, { unit: false, dimensions: 2 }), Float32Array.of(3, 4));
  assert.deepEqual(VECTOR, Float32Array.of(3, 4, 12));
});

Deno.test("unitLength() leaves the null vector as it is", () => {
  assert.deepEqual(unitLength(new Float32Array(2)), new Float32Array(2));
});
