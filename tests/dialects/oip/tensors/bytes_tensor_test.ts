import assert from "node:assert/strict";
import fc from "fast-check";
import { splitElements } from "../../../../src/dialects/oip/tensors/bytes_tensor.ts";
import { atOnce, Slices } from "../../../../src/encoding/slices.ts";
import { joinElements } from "../tensors.ts";

const split = (bytes: Uint8Array, count: number) =>
  atOnce(splitElements(bytes, count, "inputs[0]", new Slices()));

Deno.test("a BYTES tensor is split into views of its elements", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array()), fc.nat(9), (elements, offset) => {
    const whole = new Uint8Array([...new Uint8Array(offset), ...joinElements(elements)]);
    const tensor = whole.subarray(offset);
    const found = split(tensor, elements.length);
    assert.deepEqual(found, elements);
    assert.ok(found.every(({ buffer }) => buffer === whole.buffer));
  }));
});

Deno.test("a BYTES tensor of another length than its elements say is refused", () => {
  const tensor = joinElements([Uint8Array.of(1, 2), Uint8Array.of(3)]);
  assert.throws(() => split(tensor, 1), /inputs\[0\]: the tensor has 5 bytes more than the 1 elem/);
  assert.throws(() => split(tensor, 3), /element 2 of 3 does not fit into the tensor's 11 bytes/);
  for (let length = 0; length < tensor.length; length++) {
    assert.throws(() => split(tensor.subarray(0, length), 2), { kind: "invalid" });
  }
  assert.throws(() => split(Uint8Array.of(255, 255, 255, 255, 0), 1), /element 0 of 1 does not/);
});
