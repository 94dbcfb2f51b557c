import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { DEFAULT_LIMITS } from "../../../src/model/image.ts";
import { decodeImage, releasePixels } from "../../../src/model/image/decode.ts";
import { decodeCost, imageSize } from "../../../src/model/image/decode_cost.ts";

const FILES = new URL("../../fixtures/images/files/", import.meta.url);
const LIMITS = { ...DEFAULT_LIMITS, maxPixels: 4_000_000 };

Deno.test("decodeCost() tells the pixels of every file that is decoded", async () => {
  let files = 0;
  for await (const { name } of Deno.readDir(FILES)) {
    const bytes = await Deno.readFile(new URL(name, FILES));
    const { pixels, bytes: held } = decodeCost(bytes, LIMITS);
    let image;
    try {
      image = await decodeImage(bytes, LIMITS, 8);
    } catch {
      continue;
    }
    files++;
    const { width, height } = image.unturned ?? image;
    // Where a header is not at its usual place, the size is not told.
    const size = imageSize(bytes);
    if (size !== undefined) assert.deepEqual(size, { width, height }, name);
    assert.ok(pixels >= width * height, `${name}: ${pixels} for ${width} x ${height}`);
    assert.ok(held >= pixels, name);
    releasePixels(image);
  }
  assert.ok(files > 200, `${files}`);
});

Deno.test("decodeCost() takes any bytes, and the most where a header is not found", () => {
  const magics = [
    "\xff\xd8\xff",
    "\x89PNG\r\n\x1a\n",
    "GIF89a",
    "RIFF....WEBPVP8X",
    "II*\0",
    "BM",
    "P6 ",
  ];
  fc.assert(
    fc.property(fc.constantFrom(...magics, ""), fc.uint8Array({ maxLength: 60 }), (magic, rest) => {
      const { pixels, bytes } = decodeCost(
        Buffer.concat([Buffer.from(magic, "latin1"), rest]),
        LIMITS,
      );
      assert.ok(pixels >= 0 && pixels <= LIMITS.maxPixels && bytes >= 0);
    }),
    { numRuns: 2000, seed: 5 },
  );
  const hidden = Buffer.alloc(2 * 1024 * 1024, 0x11);
  hidden.set([0xff, 0xd8, 0xff]);
  assert.equal(decodeCost(hidden, LIMITS).pixels, LIMITS.maxPixels);
});
