import assert from "node:assert/strict";
import { cropGeometry, cropOffset } from "../../../src/model/image/geometry.ts";
import { cropRgb } from "../../../src/model/image.ts";

Deno.test("cropOffset() rounds half pixels as each library does", () => {
  // torchvision: int(round((h - size) / 2.0)); transformers: (h - size) // 2.
  const offsets = (library: "torchvision" | "transformers") =>
    [33, 35, 37, 39].map((length) => cropOffset(length, 32, library));
  assert.deepEqual(offsets("torchvision"), [0, 2, 2, 4]);
  assert.deepEqual(offsets("transformers"), [0, 1, 2, 3]);
  // What is put before a smaller one: torchvision (size - h) // 2; transformers ceil((size - h) / 2).
  assert.equal(-cropOffset(29, 32, "torchvision"), 1);
  assert.equal(-cropOffset(29, 32, "transformers"), 2);
  const crop = { size: 32, library: "transformers" } as const;
  assert.equal(cropGeometry(64, 70, crop).top, 1);
});

Deno.test("transformers' pixels of a transparent image are those of its colours alone", async () => {
  const [width, height] = [40, 40];
  const rgba = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i * 31) % 251);
  const rgb = Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => rgba[Math.floor(i / 3) * 4 + i % 3]!,
  );
  const crop = { size: 24, library: "transformers" } as const;
  const transparent = { data: rgba, width, height, channels: 4 } as const;
  const plain = await cropRgb({ data: rgb, width, height, channels: 3 }, 24);
  assert.deepEqual(await cropRgb(transparent, crop), plain);
  assert.notDeepEqual(await cropRgb(transparent, 24), plain);
});
