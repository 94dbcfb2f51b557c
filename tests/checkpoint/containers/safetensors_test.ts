import assert from "node:assert/strict";
import fc from "fast-check";
import { MemorySource } from "../../../src/checkpoint/containers/byte_source.ts";
import { readSafetensors } from "../../../src/checkpoint/containers/safetensors.ts";
import { readStored } from "../../../src/checkpoint/containers/tensor.ts";
import { fixtureBytes } from "../fixture_files.ts";
import { refused } from "../refused.ts";

function build(header: unknown, dataBytes: number, headerBytes?: number): Uint8Array {
  const json = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes ?? json.length), true);
  bytes.set(json, 8);
  for (let i = 0; i < dataBytes; i++) bytes[8 + json.length + i] = i;
  return bytes;
}

function open(bytes: Uint8Array) {
  return readSafetensors(new MemorySource(bytes, "x.safetensors"));
}

const entry = (dtype: unknown, shape: unknown, data_offsets: unknown) => ({
  dtype,
  shape,
  data_offsets,
});

Deno.test("readSafetensors() reads tensors in any order, and the metadata", () => {
  const checkpoint = open(build({
    __metadata__: { format: "pt" },
    b: entry("I64", [1], [4, 12]),
    a: entry("F16", [2, 1], [0, 4]),
    none: entry("F32", [0, 5], [12, 12]),
  }, 12));
  assert.deepEqual([...checkpoint.tensors.keys()], ["b", "a", "none"]);
  assert.equal(checkpoint.provenance.get("format"), "pt");
  const a = checkpoint.tensors.get("a");
  assert.ok(a !== undefined);
  assert.deepEqual([...readStored(a)], [0, 1, 2, 3]);
});

Deno.test("readSafetensors() refuses headers that are wrong or lie", () => {
  const f32 = entry("F32", [2], [0, 8]);
  const cases: [unknown, number, RegExp][] = [
    ["{", 0, /not valid JSON/],
    ["[]", 0, /not a JSON object/],
    ["{}", 3, /last 3 bytes belong to no tensor/],
    [{ a: 3 }, 0, /'a' is not described/],
    [{ a: entry("F33", [2], [0, 8]) }, 8, /unknown dtype 'F33'/],
    [{ a: entry("constructor", [2], [0, 8]) }, 8, /unknown dtype/],
    [{ a: entry("F32", "2", [0, 8]) }, 8, /no usable shape/],
    [{ a: entry("F32", [-2], [0, 8]) }, 8, /impossible shape/],
    [{ a: entry("F32", [1.5], [0, 6]) }, 8, /impossible shape/],
    [{ a: entry("F32", ["2"], [0, 8]) }, 8, /impossible shape/],
    [{ a: entry("F32", [2 ** 40, 2 ** 40], [0, 8]) }, 8, /impossible shape/],
    [{ a: entry("F32", new Array(20).fill(1), [0, 4]) }, 4, /no usable shape/],
    [{ a: entry("F32", [2], [8]) }, 8, /no data_offsets/],
    [{ a: entry("F32", [2], [8, 0]) }, 8, /impossible data_offsets/],
    [{ a: entry("F32", [2], [-8, 0]) }, 8, /impossible data_offsets/],
    [{ a: entry("F32", [2], [0, 9]) }, 9, /needs 8 bytes, .* span 9/],
    [{ a: f32 }, 7, /ends at byte 8 of the data, which has 7/],
    [{ a: entry("F32", [2 ** 40], [0, 2 ** 42]) }, 8, /ends at byte 4398046511104/],
    [{ a: f32, b: entry("F32", [2], [4, 12]) }, 12, /'a' and 'b' overlap/],
    [{ a: f32, b: f32 }, 8, /overlap/],
    [{ a: entry("F32", [2], [4, 12]) }, 12, /4 bytes before tensor 'a'/],
  ];
  for (const [header, dataBytes, pattern] of cases) {
    refused(() => open(build(header, dataBytes)), pattern);
  }
  refused(() => open(build({ a: f32 }, 8, 2 ** 40)), /header claims 1099511627776 bytes/);
  refused(() => open(build({ a: f32 }, 8, 5000)), /the header should be 5000 bytes/);
  refused(() => open(new Uint8Array(5)), /header's length/);
});

Deno.test("readSafetensors() refuses every cut of a real file, and survives any changed header", () => {
  const bytes = fixtureBytes("vit-c/hf/model.safetensors");
  const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: bytes.length - 1 }), (length) => {
      refused(() => open(bytes.subarray(0, length)), /./);
    }),
    { seed: 5, numRuns: 300 },
  );
  const change = fc.record({ at: fc.nat(headerBytes + 7), to: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const mutated = bytes.slice();
      for (const { at, to } of changes) mutated[at] = to;
      try {
        for (const tensor of open(mutated).tensors.values()) {
          assert.ok(readStored(tensor).length <= bytes.length);
        }
      } catch (error) {
        refused(() => {
          throw error;
        }, /^Cannot read checkpoint 'x\.safetensors': /);
      }
    }),
    { seed: 6, numRuns: 1500 },
  );
});
