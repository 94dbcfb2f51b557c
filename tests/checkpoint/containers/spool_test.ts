import assert from "node:assert/strict";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import { MemorySource } from "../../../src/checkpoint/containers/byte_source.ts";
import { spool, unpackLimit } from "../../../src/checkpoint/containers/spool.ts";
import { refused } from "../refused.ts";

const DATA = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) >> 5);

function unpack(folder: string, bytes: Uint8Array, format: "gzip" | "deflate", size?: number) {
  const source = new MemorySource(bytes, "x.gz");
  return spool({
    source,
    folder,
    offset: 0,
    length: bytes.length,
    format,
    ...(size === undefined ? {} : { expected: { size, crc: crc32(DATA) } }),
  });
}

function inFolder(body: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    body(folder);
    // Nothing is left, whether it went well or not.
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("spool() unpacks gzip and raw deflate, and leaves no file behind", () => {
  inFolder((folder) => {
    for (
      const file of [
        unpack(folder, gzipSync(DATA), "gzip"),
        unpack(folder, new Uint8Array(deflateRawSync(DATA)), "deflate", DATA.length),
      ]
    ) {
      assert.equal(file.size, DATA.length);
      assert.deepEqual(file.read(0, DATA.length), DATA);
      file.close();
    }
  });
});

Deno.test("spool() refuses what is cut off, broken, too long or too short, and cleans up", () => {
  const packed = new Uint8Array(gzipSync(DATA));
  const raw = new Uint8Array(deflateRawSync(DATA));
  const broken = packed.slice();
  broken.fill(0xff, 1000, 1200);
  inFolder((folder) => {
    refused(() => unpack(folder, packed.subarray(0, packed.length - 9), "gzip"), /cut off/);
    refused(() => unpack(folder, packed.subarray(0, packed.length >> 1), "gzip"), /cut off/);
    refused(() => unpack(folder, packed.subarray(0, 5), "gzip"), /cut off/);
    refused(() => unpack(folder, broken, "gzip"), /damaged/);
    const twice = new Uint8Array([...packed, ...packed]);
    const file = unpack(folder, twice, "gzip");
    assert.equal(file.size, 2 * DATA.length);
    file.close();
    refused(() => unpack(folder, twice.subarray(0, twice.length - 2), "gzip"), /cut off/);
    refused(() => unpack(folder, raw, "deflate", DATA.length - 1), /decompression bomb/);
    refused(() => unpack(folder, raw, "deflate", DATA.length + 1), /wanted 300001 bytes/);
  });
});

Deno.test("spool() stops a bomb at its limit", () => {
  // Three gzips of zeros in a row, 1000 : 1; together above the floor of 256 MiB.
  const member = gzipSync(new Uint8Array(100 * 2 ** 20));
  const bomb = new Uint8Array([...member, ...member, ...member]);
  assert.equal(unpackLimit(bomb.length), 256 * 2 ** 20);
  inFolder((folder) => refused(() => unpack(folder, bomb, "gzip"), /decompression bomb/));
});

Deno.test("unpackLimit() grows with the file up to a ceiling", () => {
  assert.equal(unpackLimit(1), 256 * 2 ** 20);
  assert.equal(unpackLimit(100 * 2 ** 20), 6400 * 2 ** 20);
  assert.equal(unpackLimit(1e12), 32 * 2 ** 30);
});
