import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { ContentKeys } from "../../src/dispatch/content_key.ts";
import type { EncodeItem } from "../../src/model/item.ts";
import { Pace } from "../../src/pace.ts";

Deno.test("keys are equal for equal items and for no others", async () => {
  const keys = new ContentKeys(new Pace());
  const bytes = () => new Uint8Array([1, 2, 3, 4]);
  const pixels = (width: number, height: number): EncodeItem => ({
    modality: "image",
    pixels: { data: bytes(), width, height, channels: 1 },
  });
  const items = (): EncodeItem[] => [
    { modality: "text", text: "a" },
    { modality: "text", text: "a".repeat(500) },
    { modality: "text", text: "b".repeat(500) },
    { modality: "image", bytes: bytes() },
    { modality: "image", bytes: bytes().subarray(0, 3) },
    pixels(2, 2),
    pixels(1, 4),
    { modality: "image", bytes: new Uint8Array(10_000_000) },
  ];
  const first = await Promise.all(items().map((item) => keys.of(item)));
  assert.deepEqual(await Promise.all(items().map((item) => keys.of(item))), first);
  assert.equal(new Set(first).size, first.length);
});

Deno.test("large images have the key that their bytes hash to at once", async () => {
  const bytes = Uint8Array.from({ length: 9_000_001 }, (_, i) => i * i);
  const key = await new ContentKeys(new Pace()).of({ modality: "image", bytes });
  assert.equal(key, `i:${hash("sha256", bytes, "base64")}`);
});

Deno.test("bytes that many items of a request share are hashed once", async () => {
  const keys = new ContentKeys(new Pace());
  for (const length of [100, 5_000_000]) {
    const bytes = new Uint8Array(length);
    const key = await keys.of({ modality: "image", bytes });
    bytes[0] = 1;
    assert.equal(keys.of({ modality: "image", bytes }), key);
  }
});
