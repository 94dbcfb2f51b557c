import assert from "node:assert/strict";
import { imagePixels } from "../../../src/dialects/voyage/image_pixels.ts";
import { dataUri, PICTURE, RED_CIRCLE } from "../../support/shape_pictures.ts";

const PIXELS = PICTURE.width * PICTURE.height;

/** A JPEG file whose frame header, of 20 by 10, comes after so many bytes of other segments. */
function jpegAfter(length: number): Uint8Array {
  const bytes = [0xff, 0xd8];
  for (let left = length; left > 0; left -= 60_000) {
    const size = Math.min(left, 60_000) + 2;
    bytes.push(0xff, 0xe1, size >> 8, size & 255, ...new Array(size - 2).fill(1));
  }
  bytes.push(0xff, 0xc0, 0, 17, 8, 0, 10, 0, 20, 3, ...new Array(9).fill(1), 0xff, 0xda, 0, 2);
  return Uint8Array.from(bytes);
}

Deno.test("pixels are told by a file's header, wherever the file is", () => {
  assert.equal(imagePixels({ bytes: RED_CIRCLE }), PIXELS);
  assert.equal(imagePixels({ uri: dataUri(RED_CIRCLE) }), PIXELS);
  assert.equal(imagePixels({ uri: dataUri(RED_CIRCLE).replaceAll("=", "") }), PIXELS);
});

Deno.test("a header is looked for as far as headers are", () => {
  const uri = (bytes: Uint8Array) => `data:image/jpeg;base64,${bytes.toBase64()}`;
  assert.equal(imagePixels({ uri: uri(jpegAfter(0)) }), 200);
  assert.equal(imagePixels({ uri: uri(jpegAfter(100_000)) }), 200);
  assert.equal(imagePixels({ uri: uri(jpegAfter(2_000_000)) }), 0);
});

Deno.test("what is no image has none, nor has what is fetched from elsewhere", () => {
  assert.equal(imagePixels({ text: "a cat" }), 0);
  assert.equal(imagePixels({ bytes: new Uint8Array(3) }), 0);
  assert.equal(imagePixels({ uri: "https://example.com/cat.png" }), 0);
  assert.equal(imagePixels({ uri: "data:image/png;base64,!!!!" }), 0);
  assert.equal(imagePixels({ uri: "data:image/png,%89PNG" }), 0);
});
