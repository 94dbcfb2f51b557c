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
  const keys = items.map((item) => atOnce(contentKeyInSlices(item, new Slices(), new Map())));
  assert.deepEqual(keys, items.map(contentKey));
  assert.equal(new Set(keys).size, items.length);
});

Deno.test("bytes that many items of a request share are hashed once", () => {
  const digests = new Map<Uint8Array, string>();
  for (const length of [100, 5_000_000]) {
    const bytes = new Uint8Array(length);
    const key = () =>
      atOnce(contentKeyInSlices({ modality: "image", bytes }, new Slices(), digests));
    const first = key();
    bytes[0] = 1;
    assert.equal(key(), first);
  }
});
