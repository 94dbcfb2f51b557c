import assert from "node:assert/strict";
import { Bearings } from "../../../src/storage/s3/bearings.ts";
import type { Refusal } from "../../../src/storage/s3/refusal.ts";

function bearings(endpoint: string): Bearings {
  return new Bearings("photos", {
    endpoint,
    addressing: "auto",
    region: "us-east-1",
    regionIsGuessed: true,
    caBundle: undefined,
    requesterPays: false,
    unread: [],
  });
}

const REFUSAL: Refusal = {
  status: 301,
  code: "PermanentRedirect",
  message: "",
  region: "eu-west-1",
  time: NaN,
  foreign: false,
};

Deno.test("a region that is told is gone to, at AWS by its own endpoint", () => {
  const aws: [string, string][] = [
    ["https://s3.us-east-1.amazonaws.com", "https://photos.s3.eu-west-1.amazonaws.com/k"],
    [
      "https://s3.dualstack.us-east-1.amazonaws.com",
      "https://photos.s3.dualstack.eu-west-1.amazonaws.com/k",
    ],
    ["https://garage.example", "https://garage.example/photos/k"],
  ];
  for (const [endpoint, url] of aws) {
    const of = bearings(endpoint);
    const before = of.now;
    assert.ok(of.correct(REFUSAL, before));
    assert.equal(of.now.settings.region, "eu-west-1");
    assert.equal(of.now.place.url("k"), url);
    assert.ok(of.correct(REFUSAL, before), "of a request that was under way");
    assert.ok(!of.correct(REFUSAL, of.now), "it was there already");
    assert.ok(!of.correct({ ...REFUSAL, region: "us-east-1" }, of.now), "it came from there");
  }
});

Deno.test("what is no region, or no word on regions, is passed over", () => {
  const of = bearings("https://s3.us-east-1.amazonaws.com");
  for (const region of ["evil.example/", "", "a".repeat(65), undefined]) {
    assert.ok(!of.correct({ ...REFUSAL, region }, of.now));
  }
  assert.ok(!of.correct({ ...REFUSAL, status: 503 }, of.now));
  assert.equal(of.now.settings.endpoint, "https://s3.us-east-1.amazonaws.com");
});

Deno.test("a clock that is off is put right once", () => {
  const of = bearings("https://x");
  const skewed = {
    ...REFUSAL,
    status: 403,
    region: undefined,
    code: "RequestTimeTooSkewed",
    time: Date.now() + 3_600_000,
  };
  assert.ok(of.correct(skewed, of.now));
  assert.ok(Math.abs(of.now.aheadMs - 3_600_000) < 5_000);
  assert.ok(!of.correct(skewed, of.now));
  assert.ok(!of.correct({ ...skewed, time: NaN }, of.now));
});
