import assert from "node:assert/strict";
import fc from "fast-check";
import { toFloat32 } from "../../../src/checkpoint/containers/dtype.ts";
import type { ElementType } from "../../../src/checkpoint/containers/dtype.ts";
import {
  concatenated,
  contiguousStrides,
  lazyTensor,
  readStored,
  type StoredTensor,
  transposed,
  viewFault,
} from "../../../src/checkpoint/containers/tensor.ts";
import { refused } from "../refused.ts";

function stored(
  data: Uint8Array,
  type: ElementType,
  shape: readonly number[],
  strides: readonly number[] = contiguousStrides(shape),
  offset = 0,
): StoredTensor {
  const storage = { read: (at: number, length: number) => data.slice(at, at + length) as never };
  return { label: "x", type, shape, strides, offset, storage };
}

const floats = (values: readonly number[]) => new Uint8Array(new Float32Array(values).buffer);

Deno.test("readStored() gathers any view as a walk over its indices does", () => {
  const views = fc.record({
    dims: fc.array(fc.record({ size: fc.integer({ min: 1, max: 4 }), stride: fc.nat(5) }), {
      maxLength: 4,
    }),
    offset: fc.nat(9),
    type: fc.constantFrom<ElementType>("float64", "float32", "bfloat16", "uint8"),
  });
  fc.assert(
    fc.property(views, ({ dims, offset, type }) => {
      const width = { float64: 8, float32: 4, bfloat16: 2, uint8: 1 }[type as "uint8"];
      const data = Uint8Array.from({ length: 100 * width }, (_, i) => (i * 31) & 255);
      const shape = dims.map(({ size }) => size);
      const strides = dims.map(({ stride }) => stride);
      const wanted: number[] = [];
      const walk = (axis: number, at: number): void => {
        if (axis === shape.length) {
          wanted.push(...data.subarray(at * width, (at + 1) * width));
          return;
        }
        for (let i = 0; i < (shape[axis] as number); i++) {
          walk(axis + 1, at + i * (strides[axis] as number));
        }
      };
      walk(0, offset);
      assert.equal(viewFault(shape, strides, offset, 100), undefined);
      assert.deepEqual([...readStored(stored(data, type, shape, strides, offset))], wanted);
    }),
    { seed: 1, numRuns: 500 },
  );
});

Deno.test("toFloat32() widens every half exactly", () => {
  const halves = new Uint8Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer);
  const wide = toFloat32(halves.slice(), "float16");
  const brain = toFloat32(halves.slice(), "bfloat16");
  assert.equal(wide[0x3c00], 1);
  assert.equal(wide[0x0001], 2 ** -24);
  assert.equal(wide[0xfbff], -65504);
  assert.equal(brain[0x3f80], 1);
  assert.equal(brain[0x0001], 2 ** -133);
  assert.equal(brain[0xff80], -Infinity);
  assert.ok(Number.isNaN(wide[0x7e00]) && Number.isNaN(brain[0x7fc0]));
});

Deno.test("float64 is read as float32, integers are refused as weights", () => {
  const tensor = lazyTensor(
    stored(new Uint8Array(new Float64Array([0.1, 2]).buffer), "float64", [2]),
    "w",
  );
  assert.equal(tensor.dtype, "float32");
  assert.deepEqual(tensor.read(), new Float32Array([0.1, 2]));
  assert.deepEqual(tensor.readRaw(), floats([0.1, 2]));
  for (const type of ["int64", "bool", "float8_e4m3"] as const) {
    refused(
      () => lazyTensor(stored(new Uint8Array(8), type, [1]), "w"),
      /tensor 'w' has element type/,
    );
  }
});

Deno.test("transposed() and concatenated() agree in read() and readRaw()", () => {
  const a = lazyTensor(stored(floats([1, 2, 3, 4, 5, 6]), "float32", [2, 3]), "a");
  assert.deepEqual([...transposed(a).read()], [1, 4, 2, 5, 3, 6]);
  assert.deepEqual(transposed(a).shape, [3, 2]);
  assert.deepEqual(transposed(a).readRaw(), floats([1, 4, 2, 5, 3, 6]));
  const half = lazyTensor(
    stored(new Uint8Array(new Float16Array([7, 8, 9]).buffer), "float16", [1, 3]),
    "b",
  );
  const joined = concatenated([a, half]);
  assert.deepEqual([joined.dtype, joined.shape], ["float32", [3, 3]]);
  assert.deepEqual(joined.read(), new Float32Array([1, 2, 3, 4, 5, 6, 7, 8, 9]));
  assert.deepEqual(joined.readRaw(), floats([1, 2, 3, 4, 5, 6, 7, 8, 9]));
  assert.deepEqual(
    [concatenated([half, half]).dtype, concatenated([half, half]).readRaw().length],
    [
      "float16",
      12,
    ],
  );
});

const BITS: readonly (readonly [ElementType, Uint8Array, RegExp])[] = [
  ["float32", floats([1, 2, NaN]), /'w' holds NaN \(element 2 of 3, float32\)/],
  ["float64", new Uint8Array(new Float64Array([1, 1e300, 2]).buffer), /holds Infinity \(element 1/],
  ["float16", new Uint8Array(new Uint16Array([0x3c00, 0x7bff, 0xfc00]).buffer), /holds -Infinity/],
  [
    "bfloat16",
    new Uint8Array(new Uint16Array([0x7fc0, 0x3f80, 0]).buffer),
    /holds NaN \(element 0/,
  ],
];
for (const [type, data, wanted] of BITS) {
  Deno.test(`a ${type} tensor that holds NaN or infinity is refused by name when it is read`, () => {
    const tensor = lazyTensor(stored(data, type, [3]), "w");
    refused(() => tensor.read(), wanted);
    refused(() => tensor.readRaw(), wanted);
  });
}
