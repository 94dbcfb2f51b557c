import assert from "node:assert/strict";
import fc from "fast-check";
import { ClipError } from "../../../src/errors.ts";
import { decodeDataUri } from "../../../src/service/uri/data_uri.ts";

const decode = (uri: string, maxBytes = 1000) =>
  new TextDecoder("latin1").decode(decodeDataUri(uri, maxBytes));

Deno.test("decodeDataUri() reads base64 and percent-encoding", () => {
  assert.equal(decode("data:image/png;base64,aGVsbG8="), "hello");
  assert.equal(decode("data:image/png;base64,aGVsbG8"), "hello");
  assert.equal(decode("data:;base64,aGVs%62G8%3D"), "hello");
  assert.equal(decode("data:;BASE64, aGVs\nbG8= "), "hello");
  assert.equal(decode("data:image/png;base64,_-8"), decode("data:image/png;base64,/+8="));
  assert.equal(decode("data:text/plain,hello%20world%ff"), "hello world\xff");
  assert.equal(decode("data:,"), "");
});

Deno.test("decodeDataUri() refuses what is broken or too large, with the reason", () => {
  const cases: [string, RegExp][] = [
    ["data:image/png;base64", /no comma/],
    ["data:;base64,a", /base64 is broken/],
    ["data:;base64,!!!!", /base64 is broken/],
    ["data:,%zz", /percent-encoding is broken/],
    ["data:,%4", /percent-encoding is broken/],
    [`data:;base64,${"A".repeat(2000)}`, /more than 1000 bytes/],
    [`data:,${"a".repeat(1001)}`, /more than 1000 bytes/],
  ];
  for (const [uri, reason] of cases) {
    assert.throws(() => decodeDataUri(uri, 1000), (error: ClipError) => {
      assert.equal(error.kind, "document");
      assert.match(error.message, reason);
      return true;
    });
  }
});

Deno.test("decodeDataUri() gives back any bytes that were encoded", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const percent = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
      assert.deepEqual(decodeDataUri(`data:;base64,${bytes.toBase64()}`, 300), bytes);
      assert.deepEqual(decodeDataUri(`data:,${percent}`, 300), bytes);
    }),
    { seed: 3, numRuns: 200 },
  );
});
