import assert from "node:assert/strict";
import fc from "fast-check";
import { columnScales, quantiseColumns, toFloat16, transpose } from "../../src/graph/numerics.ts";
import { ClipError } from "../../src/errors.ts";

const matrix = fc.record({
  rows: fc.integer({ min: 1, max: 70 }),
  columns: fc.integer({ min: 1, max: 70 }),
  seed: fc.integer({ min: 1, max: 1000 }),
}).map(({ rows, columns, seed }) => ({
  rows,
  columns,
  values: Float32Array.from({ length: rows * columns }, (_, i) => Math.cos(i * seed) * seed),
}));

Deno.test("transpose() puts every element where its row and column say", () => {
  fc.assert(
    fc.property(matrix, ({ rows, columns, values }) => {
      const out = transpose(values, rows, columns);
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) {
          assert.equal(out[c * rows + r], values[r * columns + c]);
        }
      }
    }),
    { seed: 1, numRuns: 50 },
  );
});

Deno.test("quantiseColumns() is within half a step of every value, and uses the whole range", () => {
  fc.assert(
    fc.property(matrix, ({ rows, columns, values }) => {
      const { quantised, scales } = quantiseColumns(values, rows, columns);
      for (let c = 0; c < columns; c++) {
        let largest = 0;
        for (let r = 0; r < rows; r++) {
          const i = r * columns + c;
          const error = Math.abs(quantised[i]! * scales[c]! - values[i]!);
          assert.ok(error <= scales[c]! * 0.5001, `${error} at scale ${scales[c]}`);
          largest = Math.max(largest, Math.abs(quantised[i]!));
        }
        assert.equal(largest, 127);
      }
    }),
    { seed: 2, numRuns: 50 },
  );
});

Deno.test("columnScales() gives 1 for a column of zeros", () => {
  assert.deepEqual(columnScales(Float32Array.of(0, 2, 0, -254), 2, 2), Float32Array.of(1, 2));
});

Deno.test("toFloat16() rounds halves to even and refuses what does not fit, by name", () => {
  assert.deepEqual(
    [...toFloat16(Float32Array.of(1, 1 + 2 ** -11, 1 + 3 * 2 ** -11, -65504), "w")],
    [1, 1, 1 + 2 ** -9, -65504],
  );
  assert.throws(
    () => toFloat16(Float32Array.of(1, 70000), "visual.proj"),
    (error) => error instanceof ClipError && /'visual\.proj'.*70000/.test(error.message),
  );
});
