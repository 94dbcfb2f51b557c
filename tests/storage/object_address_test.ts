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

Deno.test("a profile before the bucket says whose it is", () => {
  const parts: [string, string, string, string][] = [
    ["s3://minio@photos", "minio", "photos", ""],
    ["s3://my own@photos/a@b", "my own", "photos", "a@b"],
    ["s3://me@corp@photos/", "me@corp", "photos", ""],
  ];
  for (const [text, profile, bucket, key] of parts) {
    assert.deepEqual(parseObjectAddress(text), { profile, bucket, key });
  }
  assert.throws(() => parseObjectAddress("s3://@photos/k"), {
    message: /it names no profile before the '@'/,
  });
  assert.throws(() => parseObjectAddress("s3://AKIA:hidden@photos/k"), (error: Error) => {
    assert.match(error.message, /^'s3:\/\/…@photos' has keys in it: .*s3:\/\/PROFILE@BUCKET/);
    return !/AKIA|hidden/.test(error.message);
  });
});

Deno.test("what is no address is told", () => {
  for (const text of ["photos/a.jpg", "s3:/b/x", "https://s3.example/b", "/s3://x"]) {
    assert.ok(!isObjectAddress(text), text);
  }
  assert.throws(() => parseObjectAddress("s3:///key"), {
    message: /it names no bucket; it is s3:/,
  });
  for (const bucket of ["-x", "a b", "..", "x@y z", "host:80", "ü"]) {
    assert.throws(() => parseObjectAddress(`s3://${bucket}/k`), {
      kind: "config",
      message: /is no bucket's name/,
    });
  }
});
