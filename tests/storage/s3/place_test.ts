import assert from "node:assert/strict";
import { BucketPlace } from "../../../src/storage/s3/place.ts";

function place(bucket: string, endpoint: string, addressing: "auto" | "path" | "virtual" = "auto") {
  return new BucketPlace(bucket, {
    endpoint,
    addressing,
    region: "us-east-1",
    regionIsGuessed: true,
    caBundle: undefined,
    requesterPays: false,
    unread: [],
  });
}

Deno.test("a bucket is in the host's name at AWS, and in the path elsewhere", () => {
  const aws = "https://s3.eu-west-1.amazonaws.com";
  assert.equal(place("b", aws).url("k"), "https://b.s3.eu-west-1.amazonaws.com/k");
  assert.equal(place("a.b", aws).url("k"), `${aws}/a.b/k`);
  assert.equal(place("b", aws, "path").url("k"), `${aws}/b/k`);
  assert.equal(place("b", "http://127.0.0.1:9000").url("k"), "http://127.0.0.1:9000/b/k");
  assert.equal(place("b", "https://x/s3").url("k", { a: "1 2" }), "https://x/s3/b/k?a=1%202");
  assert.equal(place("b", "https://x:8/", "virtual").url(""), "https://b.x:8/");
});

Deno.test("keys are escaped as signatures have them, and keep their slashes", () => {
  const { href } = new URL(place("b", "http://h").url("/a//b/ +%#?&=~'()*!ü🎉/"));
  assert.equal(
    href,
    "http://h/b//a//b/%20%2B%25%23%3F%26%3D~%27%28%29%2A%21%C3%BC%F0%9F%8E%89/",
  );
});
