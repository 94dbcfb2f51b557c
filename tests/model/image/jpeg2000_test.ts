import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { cropRgb, DEFAULT_LIMITS } from "../../../src/model/image.ts";
import { ClipError } from "../../../src/errors.ts";
import { decodeCost } from "../../../src/model/image/decode_cost.ts";
import { startEncoder } from "../../support/encoder.ts";

const read = (name: string) =>
  Deno.readFile(new URL(`../../fixtures/images/odd/${name}`, import.meta.url));

/** SHA-256 of the crops of 224 by Pillow. */
const CROPS = {
  "lossy.jp2": "30bc57ac86147d3c93f9fbf1f2fccf2ebfabed9eb6fbbf4ef94744c8e086ec68",
  "gray.j2k": "76d56b4f8f2a91e6c10e936006fcac5b02ff2e7c428b95a50e695b9349a21f04",
};

for (const [name, expected] of Object.entries(CROPS)) {
  Deno.test(`cropRgb() gives Pillow's bytes for ${name}`, async () => {
    const bytes = await read(name);
    assert.equal(hash("sha256", await cropRgb(bytes, 224), "hex"), expected);
    assert.equal(decodeCost(bytes, DEFAULT_LIMITS).pixels, 301 * 227);
  });
}

Deno.test("a preprocessing worker reads JPEG 2000", async () => {
  const encoder = await startEncoder();
  const [result] = await encoder.encode([{ modality: "image", bytes: await read("lossy.jp2") }]);
  assert.ok(result instanceof Float32Array, String(result));
  await encoder.close();
});

Deno.test("JPEG 2000 files of other kinds are refused by what they are", async () => {
  await assert.rejects(cropRgb(await read("rgba.jp2"), 224), /with 4 components are not supported/);
});

Deno.test("damaged JPEG 2000 files are refused or decoded, and the next is right", async () => {
  const bytes = await read("lossy.jp2");
  for (let at = 0; at < bytes.length; at += 211) {
    for (const damaged of [bytes.subarray(0, at), bytes.map((b, i) => i === at ? b ^ 0xff : b)]) {
      await cropRgb(damaged, 224, { maxBytes: 1e6, maxPixels: 1e6 }).catch((thrown) => {
        assert.ok(thrown instanceof ClipError, String(thrown));
        assert.equal(thrown.kind, "document");
      });
    }
  }
  assert.equal(hash("sha256", await cropRgb(bytes, 224), "hex"), CROPS["lossy.jp2"]);
});

Deno.test("JPEG 2000 headers that promise too much are refused before anything is decoded", async () => {
  const bytes = await read("gray.j2k");
  const wide = bytes.slice();
  const view = new DataView(wide.buffer);
  for (const at of [24, 28]) view.setUint32(at, 60_000);
  view.setUint32(8, 60_000);
  view.setUint32(12, 60_000);
  await assert.rejects(cropRgb(wide, 224), { name: "DecompressionBombError" });
  view.setUint32(8, 8000);
  view.setUint32(12, 8000);
  view.setUint32(24, 8000);
  view.setUint32(28, 8000);
  await assert.rejects(cropRgb(wide, 224), /more than 16777216 pixels/);
  const tiled = bytes.slice();
  new DataView(tiled.buffer).setUint32(24, 1);
  new DataView(tiled.buffer).setUint32(28, 1);
  await assert.rejects(cropRgb(tiled, 224), /more than 16384 tiles/);
});
