import assert from "node:assert/strict";
import fc from "fast-check";
import { ClipError } from "../../../src/errors.ts";
import { cropRgb } from "../../../src/model/image.ts";
import { lzwDecode } from "../../../src/model/image/gif.ts";

const FILES = new URL("../../fixtures/images/files/", import.meta.url);
const SMALL = [
  "jpg_3x7.jpg",
  "png_rgba_7x3.png",
  "pngr_pal4.png",
  "gif_16.gif",
  "bmpr_8.bmp",
  "bmpr_rle4.bmp",
  "bmpr_565.bmp",
  "webp_1x1.webp",
  "tifr_ii_pal4.tif",
  "tif_LA_tiff_lzw.tif",
  "x.pbm",
  "p5_1000.pnm",
];
const LIMITS = { maxBytes: 1 << 20, maxPixels: 4_000_000 };

/** A crop or a `ClipError` for the client, nothing else. */
async function survives(bytes: Uint8Array): Promise<void> {
  try {
    assert.equal((await cropRgb(bytes, 16, LIMITS)).length, 16 * 16 * 3);
  } catch (thrown) {
    assert.ok(thrown instanceof ClipError, `${thrown}`);
    assert.equal(thrown.kind, "document");
  }
}

for (const file of SMALL) {
  Deno.test(`cropRgb() survives damage to ${file}`, async () => {
    const original = await Deno.readFile(new URL(file, FILES));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: Math.min(original.length, 200) - 1 }), fc.nat(255)), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.nat({ max: original.length }),
        fc.boolean(),
        async (changes, length, cut) => {
          const bytes = original.slice(0, cut ? length : undefined);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          await survives(bytes);
        },
      ),
      { numRuns: 60, seed: 42 },
    );
  });
}

Deno.test("cropRgb() survives any bytes after any magic number", async () => {
  const magics = [
    "GIF89a",
    "BM",
    "II*\0",
    "MM\0*",
    "P5 ",
    "RIFF\0\0\0\0WEBPVP8X",
    "\0\0\0\x1cftypavif",
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...magics),
      fc.uint8Array({ maxLength: 120 }),
      async (magic, rest) => {
        const start = Uint8Array.from(magic, (letter) => letter.charCodeAt(0));
        await survives(Uint8Array.from([...start, ...rest]));
      },
    ),
    { numRuns: 400, seed: 11 },
  );
});

Deno.test("lzwDecode() refuses to make gigabytes of a few bytes", () => {
  assert.throws(() => lzwDecode(new Uint8Array(10), 8, 150_000_000), { name: "OSError" });
});

Deno.test("cropRgb() refuses an image too thin to be resized", async () => {
  const width = 3_000_000;
  const data = new Uint8Array(width);
  await assert.rejects(cropRgb({ data, width, height: 1, channels: 1 }, 224), {
    kind: "document",
    message: /3000000 x 1 pixels is too long and thin/,
  });
});
