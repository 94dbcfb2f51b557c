import assert from "node:assert/strict";
import { isObjectAddress, parseObjectAddress } from "../../src/storage/object_address.ts";

Deno.test("an address is a bucket and all that follows, as it is", () => {
  const parts: [string, string, string][] = [
    ["s3://photos", "photos", ""],
    ["s3://photos/", "photos", ""],
    ["S3://photos/a b+%20#x?y", "photos", "a b+%20#x?y"],
    ["s3://my.bucket-1//lead//x/", "my.bucket-1", "/lead//x/"],
  ];
  for (const [text, bucket, key] of parts) {
    assert.ok(isObjectAddress(text));
    assert.deepEqual(parseObjectAddress(text), { bucket, key });
  }
});

Deno.test("what is no address is told", () => {
  for (const text of ["photos/a.jpg", "s3:/b/x", "https://s3.example/b", "/s3://x"]) {
    assert.ok(!isObjectAddress(text), text);
  }
  assert.throws(() => parseObjectAddress("s3:///key"), {
    message: /it names no bucket; it is s3:/,
  });
  for (const bucket of ["-x", "a b", "..", "x@y", "host:80", "ü"]) {
    assert.throws(() => parseObjectAddress(`s3://${bucket}/k`), {
      kind: "config",
      message: /is no bucket's name/,
    });
  }
});
