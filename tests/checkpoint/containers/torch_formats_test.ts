import assert from "node:assert/strict";
import { join } from "node:path";
import { MemorySource } from "../../../src/checkpoint/containers/byte_source.ts";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { isTorchLegacy, readTorchLegacy } from "../../../src/checkpoint/containers/torch_legacy.ts";
import { readTorchZip } from "../../../src/checkpoint/containers/torch_zip.ts";
import { readStored } from "../../../src/checkpoint/containers/tensor.ts";
import { ZipArchive } from "../../../src/checkpoint/containers/zip.ts";
import { buildZip, type BuiltMember } from "./build_zip.ts";
import { variant, withFolder } from "../fixture_files.ts";
import { op, pickle, tensor } from "./pickle_bytes.ts";
import { refused } from "../refused.ts";

/** The members of an archive, to be packed again in another way. */
function membersOf(bytes: Uint8Array): BuiltMember[] {
  const archive = new ZipArchive(new MemorySource(bytes, "x"));
  return [...archive.members.values()]
    .map((member) => ({ name: member.name, data: archive.readWhole(member, 1e7) }));
}

function digest(bytes: Uint8Array): Map<string, string> {
  return withFolder({ "x.pt": bytes }, (folder) => {
    const state = openCheckpoint(join(folder, "x.pt"));
    try {
      return new Map(
        [...state.tensors].map(([name, t]) => [name, new Uint8Array(t.read().buffer).join()]),
      );
    } finally {
      state.close();
    }
  });
}

/** A dict of one tensor `w`, as `torch.save` packs it. */
function oneTensor(
  value: readonly number[],
  data: Uint8Array,
  extra: readonly BuiltMember[] = [],
): Uint8Array {
  const bytes = pickle(op.emptyDict, op.mark, op.text("w"), value, op.setItems);
  return buildZip([
    { name: "r/data.pkl", data: bytes },
    { name: "r/data/0", data },
    ...extra,
  ]);
}

const open = (bytes: Uint8Array) => readTorchZip(new MemorySource(bytes, "x.pt"));

Deno.test("re-zipped archives read the same: deflated, Zip64, both", () => {
  for (const name of ["state_fp32_views.pt", "state_mixed.pt"]) {
    const wanted = digest(variant(name));
    const members = membersOf(variant(name));
    const deflated = members.map((member) => ({ ...member, deflate: true }));
    assert.deepEqual(digest(buildZip(deflated)), wanted);
    assert.deepEqual(digest(buildZip(members, true)), wanted);
    assert.deepEqual(digest(buildZip(deflated, true)), wanted);
  }
});

Deno.test("readTorchZip() reads every element type, and big-endian ones not", () => {
  const types: [string, number][] = [
    ["DoubleStorage", 8],
    ["FloatStorage", 4],
    ["HalfStorage", 2],
    ["BFloat16Storage", 2],
    ["LongStorage", 8],
    ["ByteStorage", 1],
    ["BoolStorage", 1],
  ];
  for (const [storageClass, size] of types) {
    const data = Uint8Array.from({ length: 3 * size }, (_, i) => i);
    const bytes = oneTensor(tensor("0", 3, [2], [1], 1, storageClass), data);
    const found = open(bytes).tensors.get("w");
    assert.ok(found !== undefined);
    assert.deepEqual(readStored(found), data.slice(size));
  }
  const big: BuiltMember = { name: "r/byteorder", data: new TextEncoder().encode("big") };
  refused(
    () => open(oneTensor(tensor("0", 1, [1], [1]), new Uint8Array(4), [big])),
    /byte order is 'big'/,
  );
});

Deno.test("readTorchZip() refuses storages that are absent or shorter than claimed", () => {
  const value = (key: string, elements: number) => tensor(key, elements, [2], [1]);
  refused(() => open(oneTensor(value("0", 3), new Uint8Array(11))), /needs 12 bytes .* has 11/);
  refused(
    () => open(oneTensor(value("7", 2), new Uint8Array(8))),
    /'7', which the archive does not/,
  );
  refused(
    () => open(oneTensor(value("../../etc/passwd", 2), new Uint8Array(8))),
    /which the archive does not have/,
  );
  refused(
    () => open(oneTensor(value("0", 0x7fffffff), new Uint8Array(8))),
    /needs 8589934588 bytes/,
  );
  refused(
    () => open(buildZip([{ name: "word/document.xml", data: new Uint8Array(1) }])),
    /without a PyTorch/,
  );
});

/** The old format: magic, protocol, system, object, keys, storages. */
function legacy(object: Uint8Array, keys: readonly string[], data: readonly number[]): Uint8Array {
  const magic = op.long(0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19);
  return new Uint8Array([
    ...pickle(magic),
    ...pickle(op.int(1001)),
    ...pickle(op.emptyDict),
    ...object,
    ...pickle(op.emptyList, op.mark, ...keys.map((key) => op.text(key)), op.appends),
    ...data,
  ]);
}

Deno.test("readTorchLegacy() checks keys, counts and lengths of storages", () => {
  const object = pickle(op.emptyDict, op.mark, op.text("w"), tensor("5", 2, [2], [1]), op.setItems);
  const count = (n: number) => [n, 0, 0, 0, 0, 0, 0, 0];
  const read = (bytes: Uint8Array) => readTorchLegacy(new MemorySource(bytes, "x.pt"));
  const eight = [1, 2, 3, 4, 5, 6, 7, 8];
  const found = read(legacy(object, ["5"], [...count(2), ...eight])).tensors.get("w");
  assert.ok(found !== undefined);
  assert.deepEqual([...readStored(found)], eight);
  const cases: [Uint8Array, RegExp][] = [
    [legacy(object, ["5"], [...count(1), ...eight]), /needs 8 bytes of storage '5', which has 4/],
    [legacy(object, ["5"], [...count(3), ...eight]), /storage '5' should be 12 bytes/],
    [legacy(object, ["5"], [0, 0, 0, 0, 0, 0, 0, 0x80, ...eight]), /storage '5' should be -/],
    [legacy(object, ["5"], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), /should be/],
    [legacy(object, ["5"], [1, 2]), /the length of storage '5'/],
    [legacy(object, [], []), /which the file does not have/],
    [legacy(object, ["6"], [...count(2), ...eight]), /'6', which no tensor uses/],
    [legacy(object, ["5", "5"], [...count(2), ...eight]), /twice/],
    [legacy(pickle(op.global("os", "system")), [], []), /'os\.system', which is not allowed/],
  ];
  for (const [bytes, pattern] of cases) refused(() => read(bytes), pattern);
});

Deno.test("isTorchLegacy() knows the magic number in every pickle protocol", () => {
  const magic = op.long(0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19);
  const frame = [0x95, 13, 0, 0, 0, 0, 0, 0, 0];
  for (const head of [[0x80, 2, ...magic], [0x80, 3, ...magic], [0x80, 4, ...frame, ...magic]]) {
    assert.ok(isTorchLegacy(new Uint8Array([...head, 0x2e])));
    assert.ok(!isTorchLegacy(new Uint8Array(head.slice(0, -1))));
  }
  assert.ok(!isTorchLegacy(new Uint8Array(0)));
});
