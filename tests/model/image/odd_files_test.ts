import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import { crc32, deflateSync } from "node:zlib";
import { cropRgb, type RawPixels } from "../../../src/model/image.ts";
import { plainTiff } from "../../../src/model/image/tiff_plain.ts";

const ODD = new URL("../../fixtures/images/odd/", import.meta.url);
const SIZE = 32;

/** A picture without any regularity. */
const picture: RawPixels & { channels: 3 } = {
  width: 61,
  height: 47,
  channels: 3,
  data: Uint8Array.from({ length: 61 * 47 * 3 }, (_, i) => (i * i * 31 + i * 7) >> 3),
};

type Field = [tag: number, type: number, count: number, value: number];

/** An uncompressed TIFF file: strips, or tiles of 32 x 32 in separate planes. */
function tiff(
  { extra = [], next = 0, tiled = false, more = 0 }: {
    extra?: Field[];
    next?: number;
    tiled?: boolean;
    /** Directories that follow, each with a field of its own. */
    more?: number;
  },
): Uint8Array {
  const { width, height, data } = picture;
  const side = 32;
  const [across, down] = [Math.ceil(width / side), Math.ceil(height / side)];
  const tiles: Buffer[] = [];
  for (let t = 0; t < 3 * across * down; t++) {
    const tile = Buffer.alloc(side * side);
    const plane = Math.floor(t / (across * down));
    const [left, top] = [
      (t % across) * side,
      Math.floor((t % (across * down)) / across) * side,
    ];
    for (let y = 0; y < side && top + y < height; y++) {
      for (let x = 0; x < side && left + x < width; x++) {
        tile[y * side + x] = data[((top + y) * width + left + x) * 3 + plane]!;
      }
    }
    tiles.push(tile);
  }
  const head = Buffer.alloc(8);
  head.write("II*\0", "latin1");
  const bits = Buffer.from([8, 0, 8, 0, 8, 0]);
  const offsets = Buffer.alloc(4 * tiles.length);
  const counts = Buffer.alloc(4 * tiles.length);
  const tables = 8 + bits.length;
  const pixelsAt = tables + (tiled ? offsets.length + counts.length : 0);
  tiles.forEach((tile, i) => {
    offsets.writeUInt32LE(pixelsAt + i * tile.length, 4 * i);
    counts.writeUInt32LE(tile.length, 4 * i);
  });
  const fields: Field[] = [
    [256, 3, 1, width],
    [257, 3, 1, height],
    [258, 3, 3, 8],
    [259, 3, 1, 1],
    [262, 3, 1, 2],
    [277, 3, 1, 3],
    ...(tiled
      ? [
        [284, 3, 1, 2],
        [322, 3, 1, side],
        [323, 3, 1, side],
        [324, 4, tiles.length, tables],
        [325, 4, tiles.length, tables + offsets.length],
      ] satisfies Field[]
      : [[273, 4, 1, pixelsAt], [278, 3, 1, height], [279, 4, 1, data.length]] satisfies Field[]),
    ...extra,
  ];
  fields.sort(([a], [b]) => a - b);
  const parts = [head, bits, ...(tiled ? [offsets, counts, ...tiles] : [Buffer.from(data)])];
  const at = parts.reduce((sum, part) => sum + part.length, 0);
  head.writeUInt32LE(at, 4);
  const end = at + 2 + 12 * fields.length + 4;
  parts.push(directory(fields, more > 0 ? end : next));
  for (let i = 0; i < more; i++) {
    parts.push(directory([[256, 3, 1, 1]], i < more - 1 ? end + 18 * (i + 1) : 0));
  }
  return Buffer.concat(parts);
}

function directory(fields: Field[], next: number): Buffer {
  const out = Buffer.alloc(2 + 12 * fields.length + 4);
  out.writeUInt16LE(fields.length);
  fields.forEach(([tag, type, count, value], i) => {
    out.writeUInt16LE(tag, 2 + 12 * i);
    out.writeUInt16LE(type, 4 + 12 * i);
    out.writeUInt32LE(count, 6 + 12 * i);
    out.writeUInt32LE(value, 10 + 12 * i);
  });
  out.writeUInt32LE(next, out.length - 4);
  return out;
}

const expected = await cropRgb(picture, SIZE);

const TIFFS: Record<string, Parameters<typeof tiff>[0]> = {
  "as it should be": {},
  "with an orientation of 0": { extra: [[274, 3, 1, 0]] },
  "with an orientation of 9": { extra: [[274, 3, 1, 9]] },
  "with a resolution unit of 0": { extra: [[296, 3, 1, 0]] },
  "with a resolution unit of 9": { extra: [[296, 3, 1, 9]] },
  "with a planar configuration of 0": { extra: [[284, 3, 1, 0]] },
  "with a next directory beyond its end": { next: 4_000_000 },
  "with its own directory as the next": { next: 8 },
  "with private fields of an unknown type": { extra: [[60_000, 77, 5, 0xffffffff]] },
  "with a field that is longer than the file": { extra: [[34_675, 7, 0x7fffffff, 8]] },
  "with ten thousand more directories": { more: 10_000 },
  "in tiles with separate planes": { tiled: true },
};
for (const [kind, options] of Object.entries(TIFFS)) {
  Deno.test(`cropRgb() reads a TIFF file ${kind}`, async () => {
    assert.deepEqual(await cropRgb(tiff(options), SIZE), expected);
  });
}

Deno.test("plainTiff() leaves one directory, without what no pixel depends on", () => {
  const file = tiff({ more: 1000, extra: [[296, 3, 1, 0], [60_000, 77, 5, 8]] });
  const plain = Buffer.from(plainTiff(file));
  const at = plain.readUInt32LE(4);
  const count = plain.readUInt16LE(at);
  assert.equal(count, 9);
  assert.equal(plain.readUInt32LE(at + 2 + 12 * count), 0);
});

function chunk(name: string, data: Uint8Array): Buffer {
  const out = Buffer.alloc(data.length + 12);
  out.writeUInt32BE(data.length);
  out.write(name, 4, "latin1");
  out.set(data, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}

/** A PNG file of the picture, with the first `rows` rows only. */
function png({ rows = picture.height, first = [] as Buffer[] } = {}): Uint8Array {
  const { width, height, data } = picture;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const lines = Array.from(
    { length: rows },
    (_, y) => Buffer.concat([Buffer.alloc(1), data.subarray(3 * width * y, 3 * width * (y + 1))]),
  );
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    ...first,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.concat(lines))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

Deno.test("cropRgb() reads a PNG file without its last bytes", async () => {
  const file = png();
  for (let cut = 1; cut <= 20; cut++) {
    assert.deepEqual(await cropRgb(file.subarray(0, -cut), SIZE), expected, `${cut}`);
  }
  await assert.rejects(cropRgb(file.subarray(0, -200), SIZE), { name: "OSError" });
});

Deno.test("cropRgb() takes the rows that a PNG file lacks as black", async () => {
  const data = picture.data.slice();
  data.fill(0, 3 * picture.width * 30);
  assert.deepEqual(
    await cropRgb(png({ rows: 30 }), SIZE),
    await cropRgb({ ...picture, data }, SIZE),
  );
});

Deno.test("cropRgb() does not make up half a gigabyte of rows for a PNG file of some bytes", async () => {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(8192, 0);
  header.writeUInt32BE(8192, 4);
  header.set([16, 6], 8);
  const file = Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.alloc(100))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
  await assert.rejects(cropRgb(file, SIZE), { name: "OSError" });
});

Deno.test("cropRgb() reads a PNG file with a chunk that only Apple knows", async () => {
  const file = png({ first: [chunk("CgBI", Buffer.from([0x50, 0, 0x20, 2]))] });
  assert.deepEqual(await cropRgb(file, SIZE), expected);
});

Deno.test("cropRgb() shows an opaque frame of an animated WebP file on black, as Pillow does", async () => {
  const crop = await cropRgb(await Deno.readFile(new URL("webp_mux_offset.webp", ODD)), 224);
  assert.equal(
    hash("sha256", crop, "hex"),
    "084022a5e6634dc92a740755eda999212be3c85185637dc42c1bea98070bbe41",
  );
});

Deno.test("cropRgb() reads the first picture of an AVIF sequence", async () => {
  const crop = await cropRgb(await Deno.readFile(new URL("avif_seq.avif", ODD)), 224);
  assert.equal(crop.length, 224 * 224 * 3);
});

Deno.test("a refusal gives a reason, never an empty one", async () => {
  const folder = new URL("../../fixtures/images/files/", import.meta.url);
  for (const file of ["jpg_3x7.jpg", "png_rgba_7x3.png", "webp_1x1.webp", "tifr_ii_pal4.tif"]) {
    const bytes = await Deno.readFile(new URL(file, folder));
    for (let length = 12; length < bytes.length; length += 3) {
      await cropRgb(bytes.subarray(0, length), SIZE).catch((thrown: Error) => {
        assert.doesNotMatch(thrown.message, /[(:]\s*\)/);
      });
    }
  }
});
