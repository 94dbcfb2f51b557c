import assert from "node:assert/strict";
import { namesImage } from "../../../client/content/string_kind.ts";

/** As Python 3.11's `mimetypes.guess_type` has it, which clip_client asks. */
const IMAGES = [
  "a.png",
  "A.PNG",
  "photo of a.jpg",
  "photos/x.jpeg",
  "C:\\x\\a.png",
  "./a.b/c.webp",
  "x.tiff",
  "x.svgz",
  "http://example.com/a.jpg",
  "https://example.com/a/b.gif",
  "data:image/png;base64,AA",
  "DATA:image/svg+xml,%3Csvg/%3E",
  "look at this photo.png",
];

const TEXTS = [
  "",
  "a red circle",
  "png",
  ".png",
  "photos/.png",
  "a.txt",
  "x.tar.gz",
  "ends with a dot.",
  "version 1.2",
  "http://example.com/",
  "http://example.com/a",
  "data:,x",
  "data:text/plain,hi",
  "data:image/png",
  "a.png is a file",
];

Deno.test("a string with the ending of an image file is an image, all others are texts", () => {
  for (const text of IMAGES) assert.ok(namesImage(text), text);
  for (const text of TEXTS) assert.ok(!namesImage(text), text);
});

Deno.test("the query of a URL is looked past", () => {
  assert.ok(namesImage("https://example.com/a.jpg?width=100#top"));
  assert.ok(!namesImage("https://example.com/?file=a.jpg"));
  assert.ok(!namesImage("is it a.jpg?"));
});

Deno.test("a long string costs no time", () => {
  const began = performance.now();
  for (
    const text of [`data:image/${"x".repeat(1e7)}`, `http://${"?".repeat(1e6)}`, ".".repeat(1e7)]
  ) {
    assert.ok(!namesImage(text));
  }
  // Some hundredths of a second; by a pattern that looks back it would take hours.
  assert.ok(performance.now() - began < 30_000);
});
