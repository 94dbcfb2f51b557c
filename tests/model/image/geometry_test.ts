import assert from "node:assert/strict";
import { cropGeometry, cropWindow } from "../../../src/model/image/geometry.ts";
import { nearestPositions } from "../../../src/model/image/nearest.ts";

Deno.test("cropGeometry() truncates the longer side and rounds offsets half to even", () => {
  const cases = [
    // width, height, size -> resized width and height, left, top
    [640, 427, 224, 335, 224, 56, 0],
    [640, 427, 64, 95, 64, 16, 0],
    [427, 640, 224, 224, 335, 0, 56],
    [225, 224, 224, 225, 224, 0, 0],
    [227, 224, 224, 227, 224, 2, 0],
    [3000, 2000, 224, 336, 224, 56, 0],
    [1, 1, 224, 224, 224, 0, 0],
    [1000, 30, 224, 7466, 224, 3621, 0],
    [2, 500, 224, 224, 56000, 0, 27888],
  ] as const;
  for (const [width, height, size, ...expected] of cases) {
    const geometry = cropGeometry(width, height, size);
    assert.deepEqual(
      [geometry.width, geometry.height, geometry.left, geometry.top],
      expected,
      `${width} x ${height} to ${size}`,
    );
  }
});

Deno.test("cropWindow() lies in the image and reaches down to its last row", () => {
  for (const [width, height] of [[640, 427], [427, 640], [1, 1], [1000, 30], [2, 500]] as const) {
    const window = cropWindow(width, height, 224);
    assert.ok(window.left >= 0 && window.top >= 0 && window.width > 0);
    assert.ok(window.left + window.width <= width);
    assert.equal(window.top + window.height, height);
  }
});

Deno.test("nearestPositions() gathers its rounding errors as repeated addition does", () => {
  let differs = false;
  for (const [inSize, outSize] of [[333, 500], [1000, 7], [1, 50], [10_000, 336]] as const) {
    const positions = nearestPositions(inSize, outSize, 0, outSize);
    let at = (inSize / outSize) * 0.5;
    for (let i = 0; i < outSize; i++) {
      assert.equal(positions[i], Math.min(Math.trunc(at), inSize - 1));
      differs ||= at !== (i + 0.5) * (inSize / outSize);
      at += inSize / outSize;
    }
  }
  assert.ok(differs);
});
