import assert from "node:assert/strict";
import { openModel, type OpenModelOptions } from "../../src/runtime/model.ts";
import { gpuBuckets } from "../../src/runtime/shape_policy.ts";
import { fixtureFiles } from "../support/onnx_model.ts";

const CPU = { providers: [{ name: "cpu" }], threads: 1 } as const;

async function open(options: Partial<OpenModelOptions> = {}) {
  return await openModel({ ...CPU, model: await fixtureFiles("rn-a"), ...options });
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

Deno.test("openModel() with buckets pads batches and cuts the results, and embeds the same", async () => {
  const exact = await open();
  const padded = await open({ buckets: gpuBuckets(16, 77) });
  try {
    const { contextLength, imageSize } = exact.shape;
    const ids = new Int32Array(8 * contextLength);
    const lengths = [5, 9, 3];
    lengths.forEach((length, row) => {
      for (let i = 0; i < length; i++) ids[row * contextLength + i] = 49_406 - 7 * i * (row + 1);
      ids[row * contextLength + length - 1] = 49_407;
    });
    const plane = 3 * imageSize ** 2;
    const pixels = exact.shape.pixelType === "uint8"
      ? new Uint8Array(4 * plane)
      : new Float32Array(4 * plane);
    pixels.forEach((_, i) => pixels[i] = (i * 31) % 200 / 100);
    // A large batch first, so that its rows lie in the buffers when the small one is padded.
    await padded.embedTexts(ids, [0, 1, 2, 0, 1, 2, 0, 1], [5, 9, 3, 5, 9, 3, 5, 9]);
    await padded.embedImages(pixels, [3, 2, 1, 0, 3, 2]);
    for (const count of [1, 2, 3]) {
      const slots = [0, 1, 2].slice(0, count);
      const wanted = await exact.embedTexts(ids, slots, lengths);
      const found = await padded.embedTexts(ids, slots, lengths);
      assert.equal(found.data.length, count * exact.shape.embedDim);
      assert.ok(largestDifference(found.data, wanted.data) < 1e-5);
      const images = await padded.embedImages(pixels, slots);
      assert.ok(
        largestDifference(images.data, (await exact.embedImages(pixels, slots)).data) < 1e-5,
      );
    }
  } finally {
    await exact.release();
    await padded.release();
  }
});

Deno.test("openModel() passes configuration entries on to ONNX Runtime", async () => {
  const shared = await open({ config: { "session.disable_prepacking": "1" } });
  await shared.warmUp([1]);
  await shared.release();
  await assert.rejects(
    open({ config: { "session.disable_cpu_ep_fallback": "1" } }),
    /CPU EP/,
  );
});
