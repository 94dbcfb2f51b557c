import assert from "node:assert/strict";
import { OBJECT_ADDRESSES as addresses } from "../../../../src/bulk/inputs/places/bucket_addresses.ts";

Deno.test("a prefix is one with its last slash and without", () => {
  assert.equal(addresses.absolute("S3://b/p/"), "s3://b/p");
  assert.equal(addresses.folder("s3://b/"), "s3://b");
  assert.equal(addresses.join("s3://b/p", "x//y"), "s3://b/p/x//y");
  assert.equal(addresses.without("s3://b/p/x//y", "x//y"), "s3://b/p");
  assert.equal(addresses.folderOf("s3://b/x"), "s3://b");
});

Deno.test("keys start where all prefixes meet", () => {
  const meeting = (...folders: string[]) => {
    const top = addresses.meeting(folders);
    return folders.map((folder) => addresses.below(top, folder));
  };
  assert.deepEqual(meeting("s3://b/p"), [""]);
  assert.deepEqual(meeting("s3://b/p/x", "s3://b/p/y"), ["x", "y"]);
  assert.deepEqual(meeting("s3://b/p", "s3://b/pq"), ["p", "pq"]);
  assert.deepEqual(meeting("s3://a/x", "s3://b/x"), ["a/x", "b/x"]);
});

Deno.test("what a table in a bucket means by a path lies in that bucket", () => {
  const refer = (reference: string) => addresses.referred("s3://b/t//u", reference);
  assert.equal(refer("i/1.jpg"), "s3://b/t//u/i/1.jpg");
  assert.equal(refer("./i//1.jpg"), "s3://b/t//u/i//1.jpg");
  assert.equal(refer("../1.jpg"), "s3://b/t//1.jpg");
  assert.equal(refer("/1.jpg"), "s3://b/1.jpg");
  assert.equal(refer("a:1.jpg"), "s3://b/t//u/a:1.jpg");
  assert.equal(addresses.referred("s3://b", "1.jpg"), "s3://b/1.jpg");
  for (const wrong of ["../../../../1.jpg", "file:///etc/passwd", "file:/x", "ftp://h/1.jpg"]) {
    assert.equal(refer(wrong), undefined, wrong);
  }
});
