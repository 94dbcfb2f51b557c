import assert from "node:assert/strict";
import { contentKey, contentKeyInSlices } from "../../src/dispatch/job.ts";
import { atOnce, Slices } from "../../src/encoding/slices.ts";
import type { EncodeItem } from "../../src/model/item.ts";

Deno.test("an item has the same key whether it is hashed at once or in slices", () => {
  const data = Uint8Array.from({ length: 3_000_000 }, (_, i) => i >> 3);
  const items: EncodeItem[] = [
    { modality: "text", text: "short" },
    { modality: "text", text: "long ".repeat(1000) },
    { modality: "image", bytes: data },
    { modality: "image", bytes: data.subarray(0, 10) },
    { modality: "image", pixels: { data, width: 1000, height: 1000, channels: 3 } },
  ];
  const keys = items.map((item) => atOnce(contentKeyInSlices(item, new Slices())));
  assert.deepEqual(keys, items.map(contentKey));
  assert.equal(new Set(keys).size, items.length);
});
