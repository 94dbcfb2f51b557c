import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import sharp, { type Sharp } from "sharp";
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

/** A picture of one colour, which is some hundred bytes, in a format that sharp writes. */
async function plain(
  side: number,
  write: (image: Sharp) => Sharp,
): Promise<Uint8Array> {
  const background = { r: 120, g: 50, b: 20, alpha: 0.5 };
  const image = sharp({ create: { width: side, height: side, channels: 4, background } });
  return new Uint8Array(await write(image).toBuffer());
}

const SIDE = 500;
const each = async (write: (image: Sharp) => Sharp) =>
  decodeCost(await plain(SIDE, write), LIMITS).bytes / SIDE ** 2;

Deno.test("decodeCost() knows codecs that keep a whole frame, deep samples and interlaced ones", async () => {
  assert.equal(await each((image) => image.png()), 4);
  assert.equal(await each((image) => image.png({ progressive: true })), 8);
  assert.equal(await each((image) => image.webp()), 13);
  assert.equal(await each((image) => image.avif({ effort: 0 })), 20);
  assert.equal(await each((image) => image.avif({ effort: 0, bitdepth: 12 })), 26);
  assert.equal(await each((image) => image.flatten().jpeg({ progressive: true })), 9);
});

Deno.test("an image whose decoding takes more than it may is refused by its header", async () => {
  const avif = await plain(1000, (image) => image.avif({ effort: 0 }));
  const limits = { ...LIMITS, maxDecodeBytes: 19_999_999 };
  await assert.rejects(() => decodeImage(avif, limits, 8), {
    name: "DecompressionBombError",
    message:
      /1000 x 1000 pixels takes some 20000000 bytes, more than 19999999; .*`max_decode_bytes`/,
  });
  // It takes no part of what all may take together.
  assert.deepEqual(decodeCost(avif, limits), { pixels: 0, bytes: 0 });
  const image = await decodeImage(avif, { ...limits, maxDecodeBytes: 20_000_000 }, 8);
  assert.equal(image.width, 1000);
  releasePixels(image);
  const webp = await plain(1000, (image) => image.webp());
  releasePixels(await decodeImage(webp, limits, 8));
});

/** An AVIF with boxes put in behind its first one. */
async function avifWith(...boxes: Uint8Array[]): Promise<Uint8Array> {
  const avif = await plain(1000, (image) => image.avif({ effort: 0 }));
  const first = new DataView(avif.buffer, avif.byteOffset).getUint32(0);
  return Buffer.concat([avif.subarray(0, first), ...boxes, avif.subarray(first)]);
}

function box(type: string, length: number, statedSize = length): Uint8Array {
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32BE(statedSize);
  bytes.write(type, 4);
  return bytes;
}

Deno.test("an AVIF's size is found by its boxes, whatever lies between them", async () => {
  const cost = { pixels: 1e6, bytes: 20e6 };
  for (
    const [what, boxes] of Object.entries({
      "none": [],
      "room that is not used": [box("free", 2 ** 21)],
      "many boxes": Array.from({ length: 40 }, () => box("skip", 8)),
      "pixels and a box of no known kind": [box("mdat", 64), box("xxxx", 16)],
      "an empty box of 64 bits": [Buffer.from("\0\0\0\x01free\0\0\0\0\0\0\0\x10", "latin1")],
      "a break": [box("uuid", 8, 3)],
    })
  ) {
    assert.deepEqual(decodeCost(await avifWith(...boxes), LIMITS), cost, what);
  }
});

Deno.test("a size that stands where nobody looks beforehand is refused all the same", async () => {
  // A box of no known kind, behind which nothing is looked for.
  const hidden = await avifWith(box("what", 2 ** 21));
  const limits = { ...LIMITS, maxDecodeBytes: 19_999_999 };
  assert.equal(decodeCost(hidden, limits).bytes, limits.maxDecodeBytes);
  await assert.rejects(() => decodeImage(hidden, limits, 8), { name: "DecompressionBombError" });
});

Deno.test("an AVIF's pixels are not looked through, nor boxes without end", async () => {
  const pixels = Buffer.from(
    "\0\0\0\x20mdat\0\0\0\x14ispe\0\0\0\0\0\0\x40\0\0\0\x40\0\0\0\0\0",
    "latin1",
  );
  assert.equal(decodeCost(await avifWith(pixels), LIMITS).pixels, 1e6);
  const boxes = Array.from({ length: 1000 }, () => box("free", 2 ** 12));
  assert.equal(decodeCost(await avifWith(...boxes), LIMITS).pixels, LIMITS.maxPixels);
});
