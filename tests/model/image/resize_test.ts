/** Other models' resizes and crops: Pillow's bytes, see tests/fixtures/resize. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { ImageResize, ResizeFilter } from "../../../src/checkpoint/state_dict.ts";
import { cropRgb, DEFAULT_LIMITS, ImageTransform } from "../../../src/model/image.ts";
import { crc32, deflateSync } from "node:zlib";
import fixture from "../../fixtures/resize/crops.json" with { type: "json" };

type Case = [number, number, number, ImageResize["to"], number, number, ResizeFilter, string];

/** The generator's made-up pixels. */
function pixels(width: number, height: number, channels: number): Uint8Array {
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < data.length; i++) {
    const big = BigInt(i);
    data[i] = Number((((big * 2654435761n) >> 7n) ^ (big * 97n / 13n)) & 255n);
  }
  return data;
}

function chunk(type: string, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, body.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(body, 8);
  view.setUint32(8 + body.length, crc32(bytes.subarray(4, 8 + body.length)));
  return bytes;
}

/** A PNG file of these pixels. */
function png(data: Uint8Array, width: number, height: number, channels: number): Uint8Array {
  const lines = new Uint8Array(height * (1 + width * channels));
  for (let y = 0; y < height; y++) {
    const line = data.subarray(y * width * channels, (y + 1) * width * channels);
    lines.set(line, y * (1 + width * channels) + 1);
  }
  const head = new Uint8Array(13);
  new DataView(head.buffer).setUint32(0, width);
  new DataView(head.buffer).setUint32(4, height);
  head[8] = 8;
  head[9] = channels === 1 ? 0 : channels === 3 ? 2 : 6;
  const parts = [
    Uint8Array.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(lines)),
    chunk("IEND", new Uint8Array(0)),
  ];
  return new Uint8Array(Buffer.concat(parts));
}

Deno.test("every resize, filter, crop and padding gives Pillow's bytes, from pixels and from files", async () => {
  const wrong: string[] = [];
  for (const [width, height, channels, to, size, fill, filter, digest] of fixture.cases as Case[]) {
    const data = pixels(width, height, channels);
    const raw = { data, width, height, channels: channels as 1 | 3 | 4 };
    for (const image of [raw, png(data, width, height, channels)]) {
      const crop = await cropRgb(image, { size, resize: { to, filter, fill } }, DEFAULT_LIMITS);
      const got = createHash("sha256").update(crop).digest("hex").slice(0, 16);
      if (got !== digest) {
        const kind = image === raw ? "pixels" : "png";
        wrong.push(
          `${width}x${height}x${channels} ${JSON.stringify(to)} ${size} ${filter} ${kind}`,
        );
      }
    }
  }
  assert.deepEqual(wrong, []);
});

Deno.test("ImageTransform() resizes as it is told", async () => {
  const resize: ImageResize = { to: { width: 8, height: 8 }, filter: "bilinear", fill: 0 };
  const transform = new ImageTransform({ size: 8, layout: "uint8", resize });
  const raw = { data: pixels(30, 10, 3), width: 30, height: 10, channels: 3 as const };
  const out = new Uint8Array(transform.length);
  await transform.transformInto(raw, out);
  const rgb = await cropRgb(raw, { size: 8, resize });
  assert.deepEqual([...out.subarray(0, 64)], [...rgb].filter((_, i) => i % 3 === 0));
});
