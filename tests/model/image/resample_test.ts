import assert from "node:assert/strict";
import fc from "fast-check";
import { computeCoefficients } from "../../../src/model/image/coefficients.ts";
import { premultiply } from "../../../src/model/image/convert.ts";
import { cropGeometry } from "../../../src/model/image/geometry.ts";
import { resampleIntegers, resampleScalar } from "../../../src/model/image/resample_scalar.ts";
import { SimdResampler } from "../../../src/model/image/resample_simd.ts";

/** Bytes from a small generator: extremes often, so that sums reach both ends. */
function noise(length: number, seed: number): Uint8Array {
  let state = seed >>> 0;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const byte = state >>> 24;
    return byte < 64 ? 0 : byte < 128 ? 255 : state >>> 16 & 255;
  });
}

const simd = new SimdResampler();

Deno.test("SimdResampler equals the scalar resampler for any size, crop and channels", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 400 }),
      fc.integer({ min: 1, max: 400 }),
      fc.integer({ min: 1, max: 70 }),
      fc.constantFrom(1 as const, 3 as const, 4 as const),
      fc.nat(),
      (width, height, size, channels, seed) => {
        const geometry = cropGeometry(width, height, size);
        const across = computeCoefficients(width, geometry.width, geometry.left, size);
        const down = computeCoefficients(height, geometry.height, geometry.top, size);
        const data = noise(width * height * channels, seed);
        const source = { data, width, channels, left: 0, top: 0 };
        const expected = resampleScalar(source, across, down);
        assert.deepEqual(simd.resample(source, across, down), expected);
        if (channels === 4) {
          const premultiplied = data.slice();
          premultiply(premultiplied);
          assert.deepEqual(
            simd.resample(source, across, down, true),
            resampleScalar({ ...source, data: premultiplied }, across, down),
          );
        }
        // The part of the image that the crop reads is enough.
        const columns = across.last - across.first;
        const part = new Uint8Array((height - down.first) * columns * channels);
        for (let y = down.first; y < height; y++) {
          const at = (y * width + across.first) * channels;
          part.set(
            data.subarray(at, at + columns * channels),
            (y - down.first) * columns * channels,
          );
        }
        const window = {
          data: part,
          width: columns,
          channels,
          left: across.first,
          top: down.first,
        };
        assert.deepEqual(simd.resample(window, across, down), expected);
        assert.deepEqual(resampleScalar(window, across, down), expected);
      },
    ),
    { numRuns: 300, seed: 20221122 },
  );
});

Deno.test("SimdResampler handles wide, tall and large images", () => {
  for (
    const [width, height, channels] of [
      [20_000, 3, 3],
      [3, 20_000, 3],
      [2_000, 1_500, 4],
      [5_000, 40, 1],
    ] as const
  ) {
    const geometry = cropGeometry(width, height, 32);
    const across = computeCoefficients(width, geometry.width, geometry.left, 32);
    const down = computeCoefficients(height, geometry.height, geometry.top, 32);
    const source = {
      data: noise(width * height * channels, width),
      width,
      channels,
      left: 0,
      top: 0,
    };
    assert.deepEqual(
      simd.resample(source, across, down),
      resampleScalar(source, across, down),
      `${width} x ${height} x ${channels}`,
    );
  }
});

Deno.test("the resamplers keep a flat image flat", () => {
  const across = computeCoefficients(100, 37, 0, 37);
  for (const value of [0, 1, 127, 254, 255]) {
    const data = new Uint8Array(100 * 100 * 3).fill(value);
    const out = simd.resample({ data, width: 100, channels: 3, left: 0, top: 0 }, across, across);
    assert.ok(out.every((byte) => byte === value), `${value}`);
  }
  const data = new Int32Array(100 * 100).fill(40_000);
  const out = resampleIntegers({ data, width: 100, channels: 1, left: 0, top: 0 }, across, across);
  assert.ok(out.every((integer) => integer === 40_000));
});
