import assert from "node:assert/strict";
import { ClipClientError } from "../../client/errors.ts";
import { EmbeddingMatrix, MatrixBuilder } from "../../client/matrix.ts";

const bytesOf = (...numbers: number[]) => new Uint8Array(Float32Array.from(numbers).buffer);

Deno.test("rows are views of one piece of memory", () => {
  const matrix = new EmbeddingMatrix(Float32Array.of(1, 2, 3, 4, 5, 6), 2, 3);
  assert.deepEqual([...matrix.row(1)], [4, 5, 6]);
  matrix.row(0)[0] = 9;
  assert.equal(matrix.data[0], 9);
  assert.equal([...matrix].length, 2);
  for (const wrong of [-1, 2, 0.5, NaN]) assert.throws(() => matrix.row(wrong), RangeError);
  assert.throws(() => new EmbeddingMatrix(new Float32Array(5), 2, 3), RangeError);
});

Deno.test("a builder takes rows in any order, of a number that it knows or not", () => {
  for (const expected of [undefined, 0, 3, 5, 10]) {
    const builder = new MatrixBuilder(expected);
    for (const i of [4, 0, 2]) builder.set(i, bytesOf(i, i));
    builder.fail(1, new ClipClientError("document", "no"));
    builder.fail(3, new ClipClientError("document", "no"));
    const matrix = builder.finish();
    assert.deepEqual([...matrix.data], [0, 0, NaN, NaN, 2, 2, NaN, NaN, 4, 4]);
    assert.deepEqual([...matrix.errors.keys()], [1, 3]);
  }
});

Deno.test("a builder without any row has no dimensions", () => {
  const builder = new MatrixBuilder(2);
  builder.fail(0, new ClipClientError("document", "no"));
  builder.fail(1, new ClipClientError("document", "no"));
  const { rows, dimensions, data } = builder.finish();
  assert.deepEqual([rows, dimensions, data.length], [2, 0, 0]);
});

Deno.test("rows of two lengths are refused, and what to do is said", () => {
  const builder = new MatrixBuilder(2);
  builder.set(0, bytesOf(1, 2));
  assert.throws(() => builder.set(1, bytesOf(1, 2, 3)), /model_name/);
});
