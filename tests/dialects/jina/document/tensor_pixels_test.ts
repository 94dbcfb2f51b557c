import assert from "node:assert/strict";
import { ClipError } from "../../../../src/errors.ts";
import type { NdArray } from "../../../../src/dialects/jina/document/document.ts";
import { tensorToPixels as convert } from "../../../../src/dialects/jina/document/tensor_pixels.ts";
import { atOnce, Slices } from "../../../../src/encoding/slices.ts";

const tensorToPixels = (tensor: NdArray) => atOnce(convert(tensor, new Slices()));

function bytes(shape: number[], dtype = "|u1", values?: number[]): NdArray {
  const count = shape.reduce((a, b) => a * b, 1);
  const buffer = new Uint8Array(values ?? Array.from({ length: count }, (_, i) => i & 255));
  return { buffer, shape, dtype, clsName: "numpy" };
}

function of(
  typed: Float32Array | Float64Array | BigInt64Array,
  shape: number[],
  dtype: string,
): NdArray {
  return { buffer: new Uint8Array(typed.buffer), shape, dtype, clsName: "numpy" };
}

Deno.test("uint8 RGB is taken as it is, without a copy", () => {
  const tensor = bytes([2, 3, 3]);
  const pixels = tensorToPixels(tensor);
  assert.equal(pixels.data, tensor.buffer);
  assert.deepEqual([pixels.height, pixels.width, pixels.channels], [2, 3, 3]);
});

Deno.test("alpha is dropped, gray stays gray", () => {
  const rgba = tensorToPixels(bytes([2, 2, 4]));
  assert.deepEqual([...rgba.data], [0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14]);
  assert.equal(rgba.channels, 3);
  const grayAlpha = tensorToPixels(bytes([2, 3, 2]));
  assert.deepEqual([...grayAlpha.data], [0, 2, 4, 6, 8, 10]);
  assert.equal(grayAlpha.channels, 1);
  for (const shape of [[2, 3], [2, 3, 1], [1, 2, 3, 1]]) {
    const gray = tensorToPixels(bytes(shape));
    assert.deepEqual([gray.height, gray.width, gray.channels], [2, 3, 1], String(shape));
  }
});

Deno.test("pictures of one row, one column and one pixel keep their channels", () => {
  const cases: [shape: number[], height: number, width: number, channels: number][] = [
    [[1, 1, 3], 1, 1, 3],
    [[1, 5, 3], 1, 5, 3],
    [[5, 1, 3], 5, 1, 3],
    [[1, 5, 4], 1, 5, 3],
    [[1, 1, 1, 3], 1, 1, 3],
    [[1, 5, 1, 3], 5, 1, 3],
    [[2, 1, 2, 3], 2, 2, 3],
    [[1, 5, 1], 1, 5, 1],
    [[1, 1, 1], 1, 1, 1],
    [[1, 5], 1, 5, 1],
    [[1, 1], 1, 1, 1],
    [[1, 784], 28, 28, 1],
    [[784, 1, 1], 28, 28, 1],
  ];
  for (const [shape, ...expected] of cases) {
    const { height, width, channels, data } = tensorToPixels(bytes(shape));
    assert.deepEqual([height, width, channels], expected, String(shape));
    assert.equal(data.length, height * width * channels);
  }
});

Deno.test("floats are cut and wrapped as numpy's astype(uint8) does, not scaled", () => {
  const values = [0, 0.9, 1.5, 254.99, 255, 256, 257.5, -1, -1.5, 300, 1000, NaN];
  const cast = [0, 0, 1, 254, 255, 0, 1, 255, 255, 44, 232, 0];
  for (
    const tensor of [
      of(new Float32Array(values), [2, 2, 3], "<f4"),
      of(new Float64Array(values), [2, 2, 3], "<f8"),
    ]
  ) {
    assert.deepEqual([...tensorToPixels(tensor).data], cast);
  }
});

Deno.test("integers wrap at 256, whatever their size and byte order", () => {
  const little = of(new BigInt64Array([1n, 255n, 256n, -1n, 300n, 7n]), [2, 3], "<i8");
  assert.deepEqual([...tensorToPixels(little).data], [1, 255, 0, 255, 44, 7]);
  const big = bytes([2, 2], ">u2", [1, 2, 0, 3, 0, 4, 9, 5]);
  assert.deepEqual([...tensorToPixels(big).data], [2, 3, 4, 5]);
});

Deno.test("a flat array of 784 is a 28x28 image with its rows mirrored", () => {
  const pixels = tensorToPixels(bytes([784]));
  assert.deepEqual([pixels.height, pixels.width, pixels.channels], [28, 28, 1]);
  assert.equal(pixels.data[0], 27);
  assert.equal(pixels.data[27], 0);
  assert.equal(pixels.data[28], 55);
});

Deno.test("what is no image is refused by its shape", () => {
  const refused: [number[], RegExp][] = [
    [[3, 8, 8], /\[3, 8, 8\]: expected \[height, width, 3\].*move the channels to the end/],
    [[2, 8, 8, 3], /\[2, 8, 8, 3\]/],
    [[8, 8, 5], /\[8, 8, 5\]/],
    [[512], /\[512\]/],
    [[], /shape is \[\]/],
    [[0, 8, 3], /\[0, 8, 3\]/],
  ];
  for (const [shape, message] of refused) {
    assert.throws(() => tensorToPixels(bytes(shape)), (error: unknown) => {
      assert.ok(error instanceof ClipError);
      assert.equal(error.kind, "document");
      assert.match(error.message, message);
      return true;
    });
  }
});
