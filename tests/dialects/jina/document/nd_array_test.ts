import assert from "node:assert/strict";
import { ClipError } from "../../../../src/errors.ts";
import type { NdArray } from "../../../../src/dialects/jina/document/document.ts";
import {
  embeddingToNdArray,
  parseElementType,
  readNumbers,
} from "../../../../src/dialects/jina/document/nd_array.ts";

function array(dtype: string, shape: number[], bytes: number[]): NdArray {
  return { buffer: new Uint8Array(bytes), shape, dtype, clsName: "numpy" };
}

Deno.test("embeddingToNdArray() is what clients expect", () => {
  const made = embeddingToNdArray(new Float32Array([1, -2.5]));
  assert.deepEqual(made, array("<f4", [2], [0, 0, 128, 63, 0, 0, 32, 192]));
});

// The bytes are numpy's: numpy.array([...], dtype).tobytes().
const READ: [string, number[], number[]][] = [
  ["|u1", [0, 255], [0, 255]],
  ["uint8", [7], [7]],
  ["|i1", [255, 1], [-1, 1]],
  ["|b1", [1, 0], [1, 0]],
  ["bool", [1], [1]],
  ["<u2", [1, 2], [513]],
  [">u2", [1, 2], [258]],
  ["<i2", [254, 255], [-2]],
  [">i2", [255, 254], [-2]],
  ["<u4", [255, 255, 255, 255], [4294967295]],
  [">u4", [0, 0, 1, 0], [256]],
  ["<i4", [255, 255, 255, 255], [-1]],
  ["int32", [1, 0, 0, 0], [1]],
  [">i4", [255, 255, 255, 253], [-3]],
  ["<u8", [0, 0, 0, 0, 0, 1, 0, 0], [1099511627776]],
  ["<i8", [255, 255, 255, 255, 255, 255, 255, 255], [-1]],
  [">i8", [0, 0, 0, 0, 0, 0, 2, 0], [512]],
  ["int64", [5, 0, 0, 0, 0, 0, 0, 0], [5]],
  ["<f2", [0, 60, 0, 192], [1, -2]],
  [">f2", [60, 0], [1]],
  ["float16", [0, 56], [0.5]],
  ["<f4", [0, 0, 192, 63], [1.5]],
  [">f4", [63, 192, 0, 0], [1.5]],
  ["=f4", [0, 0, 192, 63], [1.5]],
  ["float32", [0, 0, 192, 63], [1.5]],
  ["<f8", [0, 0, 0, 0, 0, 0, 248, 63], [1.5]],
  [">f8", [63, 248, 0, 0, 0, 0, 0, 0], [1.5]],
  ["float64", [0, 0, 0, 0, 0, 0, 248, 63], [1.5]],
];

for (const [dtype, bytes, expected] of READ) {
  Deno.test(`readNumbers() reads ${dtype} at any alignment`, () => {
    for (const shift of [0, 1, 3]) {
      const buffer = new Uint8Array([...new Array(shift).fill(9), ...bytes]).subarray(shift);
      const read = readNumbers({ buffer, shape: [expected.length], dtype, clsName: "numpy" });
      assert.deepEqual([...read], expected);
    }
  });
}

Deno.test("parseElementType() refuses what is no number", () => {
  for (const dtype of ["", "<c8", "|S3", "object", "<U4", "<f1", "f3", "constructor", "|b4"]) {
    assert.throws(() => parseElementType(dtype), (error: unknown) => {
      assert.ok(error instanceof ClipError);
      assert.equal(error.kind, "document");
      assert.match(error.message, /not a number type/);
      return true;
    });
  }
});

Deno.test("an empty buffer with a shape is zeros, within a bound", () => {
  assert.deepEqual(readNumbers(array("<f4", [2, 3], [])), new Float32Array(6));
  assert.throws(() => readNumbers(array("<f4", [100000, 100000], [])), /received 0 bytes/);
});

Deno.test("readNumbers() refuses a buffer that does not fit the shape, and a sparse array", () => {
  assert.throws(
    () => readNumbers(array("<f4", [2], [0, 0, 0, 0])),
    /does not fit shape \[2\] of <f4: received 4 bytes, expected 8/,
  );
  assert.throws(
    () => readNumbers({ ...array("", [], []), sparse: new Uint8Array(3) }),
    /sparse: send it dense/,
  );
});
