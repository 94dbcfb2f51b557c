import { OPENAI_MEAN, OPENAI_STD } from "../../src/checkpoint/configs/image_statistics.ts";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import sharp from "sharp";
import { ClipError } from "../../src/errors.ts";
import { cropRgb, ImageTransform } from "../../src/model/image.ts";

const FOLDER = new URL("../fixtures/images/", import.meta.url);

interface Entry {
  file: string;
  mode?: string;
  crops?: Record<string, string>;
  error?: string;
}

/** What Pillow 9.4 made of each file: written by tools/pillow_crops.py. */
const { images } = JSON.parse(await Deno.readTextFile(new URL("index.json", FOLDER))) as {
  images: Entry[];
};

const read = (file: string): Promise<Uint8Array> => Deno.readFile(new URL(`files/${file}`, FOLDER));

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Files read with other pixels than Pillow's. */
const OTHER_PIXELS: Record<string, string> = {
  "pngr_pal8_short.png": "indices outside of the palette: libpng gives black, Pillow grays",
  "tifr_ii_pal8low.tif": "a colour map of 8-bit values: libvips mends it, Pillow reads black",
  "tifr_mm_pal8low.tif": "a colour map of 8-bit values: libvips mends it, Pillow reads black",
  "tifr_ii_ph2_n4_x1_8.tif": "associated alpha: libvips divides with another rounding",
  "tifr_ii_ph2_n4_x1_16.tif": "associated alpha: libvips divides before it drops the low bytes",
};

/** Files that Pillow reads and we refuse: TIFF layouts outside of photography. */
const REFUSED: readonly string[] = [
  "tif_F_packbits.tif",
  "tifr_ii_nophoto.tif",
  "tifr_ii_ph2_n5_x20_8.tif",
  "tifr_ii_ph5_n4_x_16.tif",
  "tifr_ii_ph5_n5_x0_8.tif",
  "tifr_ii_ph8_n3_x_8.tif",
  "tifr_ii_s16.tif",
  "tifr_ii_u32.tif",
  "tifr_mm_ph2_n5_x20_8.tif",
  "tifr_mm_s16.tif",
];

/** A file that Pillow cannot decode by a fault of its own, and we can. */
const READ = "tifr_ii_p0_8_fo2.tif";

/** Enough sizes for the one file that takes half a second each. */
const sizesOf = (entry: Entry): [string, string][] =>
  Object.entries(entry.crops!).slice(0, entry.file.includes("megapixel") ? 2 : undefined);

Deno.test("cropRgb() gives Pillow's bytes for every readable file at every size", async () => {
  let exact = 0;
  for (const entry of images) {
    if (entry.crops === undefined || entry.file in OTHER_PIXELS) continue;
    if (REFUSED.includes(entry.file)) continue;
    const bytes = await read(entry.file);
    for (const [size, expected] of sizesOf(entry)) {
      assert.equal(
        sha256(await cropRgb(bytes, Number(size))),
        expected,
        `${entry.file} at ${size}`,
      );
    }
    exact++;
  }
  assert.ok(exact >= 200, `only ${exact} files were compared`);
});

Deno.test("cropRgb() differs from Pillow only where the table of differences says so", async () => {
  for (const file of Object.keys(OTHER_PIXELS)) {
    const entry = images.find((image) => image.file === file)!;
    assert.notEqual(sha256(await cropRgb(await read(file), 224)), entry.crops!["224"], file);
  }
  for (const file of REFUSED) {
    await assert.rejects(cropRgb(await read(file), 224), { kind: "document" }, file);
  }
});

Deno.test("cropRgb() refuses every file that Pillow refuses, with a reason", async () => {
  let refused = 0;
  for (const entry of images) {
    if (entry.error === undefined || entry.file === READ) continue;
    await assert.rejects(cropRgb(await read(entry.file), 224), (thrown: unknown) => {
      assert.ok(thrown instanceof ClipError, entry.file);
      assert.equal(thrown.kind, "document");
      // Pillow is not of one mind about headers that end early and run-length data that does.
      const pillow = entry.error!.split(":")[0]!;
      if (!["ValueError", "UnidentifiedImageError"].includes(pillow)) {
        assert.ok([pillow, "UnidentifiedImageError"].includes(thrown.name), entry.file);
      }
      assert.match(thrown.message, /^(Cannot|This image cannot)/);
      assert.doesNotMatch(thrown.message, /\n|node_modules|\.ts\b|\/tmp/, entry.file);
      return true;
    });
    refused++;
  }
  assert.ok(refused >= 40, `only ${refused} files were tried`);
});

Deno.test("cropRgb() refuses too many bytes and too many pixels before decoding", async () => {
  const bytes = await read("jpeg_large.jpg");
  const limits = { maxBytes: 1_000_000, maxPixels: 6_000_000 };
  assert.equal((await cropRgb(bytes, 64, limits)).length, 64 * 64 * 3);
  await assert.rejects(cropRgb(bytes, 64, { ...limits, maxBytes: 397_197 }), {
    kind: "document",
    message: /397198 bytes is over the limit of 397197 bytes/,
  });
  await assert.rejects(cropRgb(bytes, 64, { ...limits, maxPixels: 5_999_999 }), {
    name: "DecompressionBombError",
    message: /3000 x 2000 pixels is over the limit of 5999999 pixels/,
  });
  for (
    const file of ["bmp_24.bmp", "gif_static.gif", "webp_lossy.webp", "x.ppm", "tiff_lzw.tiff"]
  ) {
    await assert.rejects(cropRgb(await read(file), 64, { maxBytes: 1e6, maxPixels: 100 }), {
      name: "DecompressionBombError",
    }, file);
  }
});

Deno.test("cropRgb() reads AVIF, with and without alpha", async () => {
  const { data, info } = await sharp(await read("webp_alpha.webp")).raw()
    .toBuffer({ resolveWithObject: true });
  const raw = { raw: { width: info.width, height: info.height, channels: info.channels } };
  const rgba = await sharp(data, raw).avif({ lossless: true }).toBuffer();
  const opaque = await sharp(data, raw).removeAlpha().avif({ lossless: true }).toBuffer();
  for (const [file, alpha] of [[rgba, true], [opaque, false]] as const) {
    const pixels = await sharp(file).raw().toBuffer();
    const channels = alpha ? 4 : 3;
    const expected = await cropRgb(
      { data: pixels, width: info.width, height: info.height, channels },
      64,
    );
    assert.deepEqual(await cropRgb(file, 64), expected);
  }
  await assert.rejects(cropRgb(rgba.subarray(0, rgba.length >> 1), 64), { name: "OSError" });
});

Deno.test("cropRgb() treats raw pixels as Pillow's L, RGB and RGBA images", async () => {
  for (
    const [file, mode] of [["png_gray8.png", 1], ["png_rgb.png", 3], ["png_rgba.png", 4]] as const
  ) {
    const bytes = await read(file);
    const image = sharp(bytes).toColourspace(mode === 1 ? "b-w" : "srgb");
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    const raw = { data, width: info.width, height: info.height, channels: mode };
    const before = sha256(data);
    assert.deepEqual(await cropRgb(raw, 64), await cropRgb(bytes, 64), file);
    assert.equal(sha256(data), before, "the caller's pixels must stay as they are");
  }
});

Deno.test("cropRgb() refuses raw pixels that do not fill their shape", async () => {
  const data = new Uint8Array(5 * 4 * 3);
  for (const [width, height, length] of [[5, 4, 59], [0, 4, 0], [4, 4, 60]] as const) {
    const pixels = { data: data.subarray(0, length), width, height, channels: 3 as const };
    await assert.rejects(cropRgb(pixels, 8), { kind: "document" });
  }
});

Deno.test("transformInto() writes planes of (byte / 255 - mean) / std in float32", async () => {
  const bytes = await read("webp_lossy.webp");
  const transform = new ImageTransform({ size: 64 });
  const shared = new SharedArrayBuffer(transform.length * 4 * 2);
  const out = new Float32Array(shared, transform.length * 4);
  await transform.transformInto(bytes, out);
  const rgb = await cropRgb(bytes, 64);
  const f = Math.fround;
  for (let c = 0; c < 3; c++) {
    for (let i = 0; i < 64 * 64; i++) {
      const centred = f(f(rgb[3 * i + c]! / 255) - f(OPENAI_MEAN[c]!));
      assert.equal(out[c * 64 * 64 + i], f(centred / f(OPENAI_STD[c]!)));
    }
  }
  assert.ok(new Float32Array(shared, 0, transform.length).every((value) => value === 0));
});

Deno.test("transformInto() writes planes of plain bytes with the uint8 layout", async () => {
  const bytes = await read("jpeg_gray.jpg");
  const transform = new ImageTransform({ size: 64, layout: "uint8" });
  const out = new Uint8Array(transform.length);
  await transform.transformInto(bytes, out);
  const rgb = await cropRgb(bytes, 64);
  assert.deepEqual(
    out,
    Uint8Array.from(rgb, (_, i) => rgb[(i % 4096) * 3 + Math.floor(i / 4096)]!),
  );
});

Deno.test("transformInto() leaves the output alone when the image is refused", async () => {
  const transform = new ImageTransform({ size: 64 });
  const out = new Float32Array(transform.length).fill(7);
  await assert.rejects(transform.transformInto(await read("broken_truncated.jpg"), out));
  assert.ok(out.every((value) => value === 7));
});

Deno.test("transformInto() refuses an output of another type or length", async () => {
  const bytes = await read("jpeg_1x1.jpg");
  const transform = new ImageTransform({ size: 64 });
  for (const out of [new Float32Array(10), new Uint8Array(transform.length)]) {
    await assert.rejects(transform.transformInto(bytes, out), { kind: "backend" });
  }
});

Deno.test("ImageTransform() refuses sizes that no model has", () => {
  for (const size of [0, -1, 1.5, NaN, Infinity, 100_000]) {
    assert.throws(() => new ImageTransform({ size }), { kind: "config" });
  }
});

Deno.test("cropRgb() gives the same bytes when images overlap in time", async () => {
  const files = [
    "jpeg_444.jpg",
    "png_rgba.png",
    "jpeg_gray.jpg",
    "gif_static.gif",
    "webp_alpha.webp",
  ];
  const alone: Uint8Array[] = [];
  for (const file of files) alone.push(await cropRgb(await read(file), 224));
  const together = await Promise.all(files.map(async (file) => cropRgb(await read(file), 224)));
  assert.deepEqual(together, alone);
});
