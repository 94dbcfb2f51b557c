import assert from "node:assert/strict";
import { JsonBytes } from "../../src/encoding/json_bytes.ts";
import { atOnce, Slices } from "../../src/encoding/slices.ts";

function written(capacity: number, write: (json: JsonBytes) => void): string {
  const json = new JsonBytes(capacity);
  write(json);
  return new TextDecoder().decode(atOnce(json.finish(new Slices())));
}

for (const capacity of [0, 1, 7, 1000]) {
  Deno.test(`JsonBytes grows from ${capacity} bytes as needed`, () => {
    const text = written(capacity, (json) => {
      json.raw(`{"text":"é 猫 😀","blob":`);
      json.base64(new Uint8Array(100).fill(255));
      json.raw(`,"embedding":`);
      json.floats(Float32Array.of(0.5, -2, NaN));
      json.raw("}");
    });
    assert.equal(
      text,
      `{"text":"é 猫 😀","blob":"${"/".repeat(133)}w==","embedding":[0.5,-2,null]}`,
    );
  });
}

Deno.test("JsonBytes.floats: no numbers are an empty list", () => {
  assert.equal(written(0, (json) => json.floats(new Float32Array(0))), "[]");
});

Deno.test("JsonBytes.floats: a shape makes nested lists", () => {
  const values = Float32Array.from({ length: 12 }, (_, i) => i / 2);
  assert.equal(
    written(0, (json) => json.floats(values, [2, 3, 2])),
    "[[[0,0.5],[1,1.5],[2,2.5]],[[3,3.5],[4,4.5],[5,5.5]]]",
  );
  assert.equal(written(0, (json) => json.floats(values.subarray(1, 3), [2, 1])), "[[0.5],[1]]");
});

Deno.test("JsonBytes.floats: a million numbers, wherever they are cut into pieces", () => {
  const values = Float32Array.from({ length: 1e6 }, (_, i) => Math.sin(i) * 2 ** (i % 60 - 30));
  const parsed: number[] = JSON.parse(written(0, (json) => json.floats(values)));
  assert.deepEqual(Float32Array.from(parsed), values);
});
