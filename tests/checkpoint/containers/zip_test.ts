import assert from "node:assert/strict";
import { type ByteSource, MemorySource } from "../../../src/checkpoint/containers/byte_source.ts";
import { ZipArchive } from "../../../src/checkpoint/containers/zip.ts";
import type { ZipMember } from "../../../src/checkpoint/containers/zip_directory.ts";
import { buildZip, type BuiltMember } from "./build_zip.ts";
import { refused } from "../refused.ts";

const NOISE = Uint8Array.from({ length: 5000 }, (_, i) => (i * i * 7 + (i >> 3)) & 255);

function open(bytes: Uint8Array): ZipArchive {
  return new ZipArchive(new MemorySource(bytes, "x.zip"));
}

function member(archive: ZipArchive, name: string): ZipMember {
  const found = archive.members.get(name);
  assert.ok(found !== undefined, name);
  return found;
}

Deno.test("ZipArchive reads stored and deflated members, with and without Zip64", () => {
  for (const zip64 of [false, true]) {
    const archive = open(buildZip([
      { name: "a/stored", data: NOISE },
      { name: "a/deflated", data: NOISE, deflate: true },
      { name: "a/empty", data: new Uint8Array(0) },
    ], zip64));
    assert.equal(archive.members.size, 3);
    for (const name of ["a/stored", "a/deflated"]) {
      const found = member(archive, name);
      assert.deepEqual(archive.readWhole(found, 5000), NOISE);
      assert.deepEqual(archive.storage(found).read(0, 5000), NOISE);
      // Twice: the second view of a deflated member comes from the kept copy.
      assert.deepEqual(archive.storage(found).read(4001, 99), NOISE.slice(4001, 4100));
      assert.deepEqual(archive.storage(found).read(3, 7), NOISE.slice(3, 10));
      refused(() => archive.storage(found).read(4999, 2), /too short/);
      refused(() => archive.readWhole(found, 4999), /claims 5000 bytes/);
    }
    assert.equal(archive.readWhole(member(archive, "a/empty"), 10).length, 0);
    archive.close();
  }
});

Deno.test("ZipArchive finds its directory behind a comment that holds a false end record", () => {
  const plain = buildZip([{ name: "a", data: NOISE }]);
  const comment = new Uint8Array([0x50, 0x4b, 5, 6, ...new Array(40).fill(1)]);
  const bytes = new Uint8Array([...plain, ...comment]);
  new DataView(bytes.buffer).setUint16(plain.length - 2, comment.length, true);
  assert.deepEqual([...open(bytes).members.keys()], ["a"]);
});

Deno.test("ZipArchive refuses archives that lie", () => {
  const one = (claim: BuiltMember["claim"], deflate = false): BuiltMember[] => [
    { name: "a", data: NOISE, deflate, claim: claim ?? {} },
  ];
  const cases: [string, BuiltMember[], RegExp][] = [
    ["encrypted", one({ flags: 1 }), /encrypted/],
    ["unknown method", one({ method: 12 }), /method 12: wanted 0/],
    ["two sizes", one({ size: 6000 }), /claims 6000 bytes but keeps 5000/],
    ["beyond the end", one({ size: 1e9, packedSize: 1e9 }), /should be 1000000000 bytes/],
    [
      "into the directory",
      one({ size: 5010, packedSize: 5010 }),
      /overlaps the archive's directory/,
    ],
    ["wrong header", one({ offset: 7 }), /not where it should be/],
    ["bomb", one({ size: 0xfffffff0 }, true), /decompression bomb/],
    ["same name", [...one({}), ...one({})], /two members named 'a'/],
    [
      "overlap",
      [{ name: "a", data: NOISE }, { name: "b", data: NOISE, claim: { offset: 0 } }],
      /'a' and 'b' overlap/,
    ],
  ];
  for (const zip64 of [false, true]) {
    for (const [name, members, pattern] of cases) {
      assert.ok(refused(() => open(buildZip(members, zip64)), pattern), name);
    }
  }
});

Deno.test("ZipArchive refuses damaged and mislabelled data when it is read", () => {
  const damaged = buildZip([{ name: "a", data: NOISE, claim: { crc: 1 } }]);
  const archive = open(damaged);
  refused(() => archive.readWhole(member(archive, "a"), 5000), /checksum .* damaged/);
  refused(() => archive.storage(member(archive, "a")).read(0, 5000), /checksum/);
  for (const size of [4999, 5001]) {
    const lying = open(buildZip([{ name: "a", data: NOISE, deflate: true, claim: { size } }]));
    refused(() => lying.readWhole(member(lying, "a"), 6000), /(larger than|instead of)/);
  }
});

Deno.test("ZipArchive refuses every cut of an archive", () => {
  for (const zip64 of [false, true]) {
    const bytes = buildZip([{ name: "a", data: NOISE.subarray(0, 50) }], zip64);
    for (let length = 0; length < bytes.length; length++) {
      refused(() => open(bytes.subarray(0, length)), /./);
    }
  }
});

Deno.test("ZipArchive reads no member's data to list the members", () => {
  const bytes = buildZip([{ name: "a", data: new Uint8Array(1 << 20) }]);
  let read = 0;
  const inner = new MemorySource(bytes, "x");
  const source: ByteSource = {
    label: "x",
    size: inner.size,
    read: (offset, length) => (read += length, inner.read(offset, length)),
    close: () => {},
  };
  new ZipArchive(source);
  assert.ok(read < 70_000, `${read} bytes`);
});
