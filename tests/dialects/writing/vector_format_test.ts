import assert from "node:assert/strict";
import fc from "fast-check";
import {
  quantized,
  quantizedBytes,
  VECTOR_FORMATS,
  type VectorFormat,
  writeVector,
} from "../../../src/dialects/writing/vector_format.ts";
import { writeRows } from "../../../src/dialects/writing/rows.ts";
import { JsonBytes } from "../../../src/encoding/json_bytes.ts";
import { atOnce, Slices } from "../../../src/encoding/slices.ts";

function written(vector: Float32Array, format: VectorFormat): unknown {
  const json = new JsonBytes(8);
  writeVector(json, vector, format);
  return JSON.parse(new TextDecoder().decode(atOnce(json.finish(new Slices()))));
}

const vectors = fc.float32Array({
  minLength: 1,
  maxLength: 70,
  noNaN: true,
  noDefaultInfinity: true,
});

Deno.test("writeVector() gives numbers and base64 that read back to the same float32", () => {
  fc.assert(fc.property(vectors, (vector) => {
    const floats = Float32Array.from(written(vector, "float") as number[]);
    assert.deepEqual(floats, vector);
    const bytes = Uint8Array.fromBase64(written(vector, "base64") as string);
    assert.deepEqual(new Float32Array(bytes.buffer), vector);
  }));
});

Deno.test("writeVector() writes views of larger buffers", () => {
  const view = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
  assert.deepEqual(written(view, "float"), [1, 2]);
  assert.equal(Uint8Array.fromBase64(written(view, "base64") as string).length, 8);
});

Deno.test("int8 keeps the direction, and uint8 is int8 + 128", () => {
  fc.assert(fc.property(vectors, (vector) => {
    const int8 = quantized(vector, "int8");
    assert.ok(int8.every((value) => value >= -127 && value <= 127));
    if (vector.some((value) => Math.abs(value) > 1e-30)) {
      assert.equal(int8.reduce((most, value) => Math.max(most, Math.abs(value)), 0), 127);
    }
    assert.deepEqual(quantized(vector, "uint8"), int8.map((value) => value + 128));
  }));
  assert.deepEqual([...quantized(Float32Array.of(0.5, -0.25, 0), "int8")], [127, -63, 0]);
  assert.deepEqual([...quantized(new Float32Array(3), "int8")], [0, 0, 0]);
});

Deno.test("ubinary has a bit for each dimension, the highest first, and binary is ubinary - 128", () => {
  const vector = Float32Array.of(1, -1, 0, -0.5, 2, -2, -3, 4, -1, 1);
  assert.deepEqual([...quantized(vector, "ubinary")], [0b10101001, 0b01000000]);
  assert.deepEqual([...quantized(vector, "binary")], [0b10101001 - 128, 0b01000000 - 128]);
});

Deno.test("quantizedBytes() has negative numbers in two's complement", () => {
  const vector = Float32Array.of(0.5, -0.25, 0);
  const bytes = quantizedBytes(vector, "int8");
  assert.deepEqual([...new Int8Array(bytes.buffer)], [...quantized(vector, "int8")]);
  assert.deepEqual([...quantizedBytes(vector, "uint8")], [...quantized(vector, "uint8")]);
});

Deno.test("writeRows() writes lists of any length in every form", () => {
  for (const format of VECTOR_FORMATS) {
    for (const count of [0, 1, 3]) {
      const json = new JsonBytes(8);
      const vector = Float32Array.of(1, 2, 3);
      const slices = new Slices();
      atOnce(
        writeRows(json, { count, dimensions: 3 }, () => writeVector(json, vector, format), slices),
      );
      const rows = JSON.parse(new TextDecoder().decode(atOnce(json.finish(slices))));
      assert.equal(rows.length, count, format);
    }
  }
});
