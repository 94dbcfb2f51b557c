import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { decodeBase64, encodeBase64 } from "../../../client/wire/base64.ts";

Deno.test("base64 of any length comes back as it was", () => {
  for (const length of [0, 1, 2, 3, 4, 1000, 100_001]) {
    const bytes = Uint8Array.from({ length }, (_, i) => i * 31);
    const text = encodeBase64(bytes);
    assert.equal(text, Buffer.from(bytes).toString("base64"));
    assert.deepEqual(decodeBase64(text), bytes);
  }
  assert.throws(() => decodeBase64("no base64!"));
});
