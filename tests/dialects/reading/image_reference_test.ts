import assert from "node:assert/strict";
import { imageReference, isImageDataUri } from "../../../src/dialects/reading/image_reference.ts";
import { ClipError } from "../../../src/errors.ts";

const PNG = "iVBORw0KGgo=";

Deno.test("imageReference() tells base64, data URIs and URLs apart", () => {
  const bytes = Uint8Array.fromBase64(PNG);
  let grown = 0;
  assert.deepEqual(imageReference(PNG, (more) => grown += more), { bytes });
  assert.equal(grown, bytes.length);
  assert.deepEqual(imageReference(PNG.replace("=", "")), { bytes });
  for (
    const uri of [
      `data:image/png;base64,${PNG}`,
      "https://example.com/a.png",
      "HTTP://EXAMPLE.COM/a.png",
      "file:///etc/passwd",
      "s3://bucket/key",
    ]
  ) {
    assert.deepEqual(imageReference(uri), { uri });
    assert.deepEqual(imageReference(` ${uri}\n`), { uri });
  }
});

Deno.test("imageReference() of what is nothing of these is an item that failed", () => {
  for (const text of ["", " ", "!!!", "a", "日本"]) {
    const item = imageReference(text);
    assert.ok(item instanceof ClipError, text);
    assert.equal(item.kind, "document");
  }
});

Deno.test("isImageDataUri() knows pictures from texts", () => {
  assert.ok(isImageDataUri("data:image/webp;base64,AAAA"));
  assert.ok(isImageDataUri(" DATA:IMAGE/PNG,x"));
  assert.ok(!isImageDataUri("data:text/plain,hello"));
  assert.ok(!isImageDataUri("a photo of data:image/png"));
});
