import assert from "node:assert/strict";
import { ClipClientError, type ClipClientErrorKind } from "../../client/mod.ts";
import { contentsOf } from "../../src/pages/playground/page/contents.js";
import { readable, readableBytes, wireBody } from "../../src/pages/playground/page/exchange.js";
import { blamed, Failure, failureOf } from "../../src/pages/playground/page/failure.js";
import { pieces } from "../../src/pages/playground/page/highlight.js";
import { nextIndex } from "../../src/pages/playground/page/tabs.js";
import { nearest, normalised } from "../../src/pages/playground/page/vectors.js";

Deno.test("nearest() sorts by cosine whatever the vectors' lengths, ties in their order", () => {
  const index = new Map([
    ["opposite", normalised([-9, 0])],
    ["same", normalised([100, 0])],
    ["across", normalised([0, 0.001])],
    ["across too", normalised([0, 5])],
    ["nothing", normalised([0, 0])],
  ]);
  const found = nearest(normalised([3, 0]), index);
  assert.deepEqual(found.map(({ key }) => key), [
    "same",
    "across",
    "across too",
    "nothing",
    "opposite",
  ]);
  assert.ok(Math.abs(found[0]!.cosine - 1) < 1e-6);
  assert.ok(Math.abs(found.at(-1)!.cosine + 1) < 1e-6);
});

Deno.test("wireBody() is the API's body", () => {
  const image = { name: "a.png", url: null };
  assert.deepEqual(
    wireBody({
      path: "/rank",
      items: [{ image, matches: [{ text: "x" }, { image }] }],
      parameters: {},
    }, () => "QUJD"),
    {
      data: [{
        id: "a.png",
        blob: "QUJD",
        matches: [{ text: "x" }, { id: "a.png", blob: "QUJD" }],
      }],
    },
  );
  assert.deepEqual(
    wireBody({ path: "/post", items: [{ text: "x" }], parameters: { model_name: "m" } }, () => ""),
    { data: [{ text: "x" }], execEndpoint: "/", parameters: { model_name: "m" } },
  );
});

Deno.test("readable() cuts what is long, leaves out what is null, and keeps the rest", () => {
  const text = readable({
    id: "a",
    gone: null,
    embedding: [0.123456, 1, -2, 3e-9, 5, 6, 7],
    few: [1, 2],
    blob: "A".repeat(500),
    tags: {},
    reason: "a word ".repeat(40),
    nested: { deep: [{ score: 0.5 }] },
  });
  assert.match(text, /"embedding": \[0\.1235, 1, -2, 0, … 3 more\]/);
  assert.match(text, /"few": \[1, 2\]/);
  assert.match(text, /"blob": "A{24}… 476 more"/);
  assert.match(text, /"tags": \{\}/);
  assert.match(text, /"reason": "(a word ){40}"/);
  assert.ok(!text.includes("gone"));
  const whole = { a: [1, 2], b: { c: 'x"\n' }, d: true, e: "y".repeat(100), f: [[1], []] };
  assert.deepEqual(JSON.parse(readable(whole)), whole);
});

Deno.test("readableBytes() counts in thousands", () => {
  assert.deepEqual([0, 999, 1000, 2_500_000].map(readableBytes), [
    "0 B",
    "999 B",
    "1.0 kB",
    "2.5 MB",
  ]);
});

Deno.test("failureOf() says what happened and what to do, whatever the client fails with", () => {
  const cases: [ClipClientErrorKind, number | undefined, string, string][] = [
    ["document", undefined, "This could not be embedded", ""],
    ["overloaded", 503, "The server is busy", "Try again in a moment."],
    [
      "too_large",
      413,
      "That is more than the server takes at once",
      "Use fewer or smaller images.",
    ],
    ["usage", 422, "The request was not understood", ""],
    ["unauthenticated", 401, "The server wants an API key", "Type one in above."],
    ["unauthenticated", 403, "The server refuses this", ""],
    ["unavailable", 502, "The server cannot be reached behind its proxy", "Try again in a moment."],
    ["server", 500, "The server failed", "Its log says why."],
    ["server", undefined, "The server failed", "Its log says why."],
    ["invalid", 418, "The server refuses this", ""],
    ["protocol", undefined, "This is not an answer of the server", ""],
    ["connection", undefined, "The server does not answer", "Is it still running?"],
    ["content", undefined, "A file cannot be read", "Was it moved?"],
  ];
  for (const [kind, status, title, hint] of cases) {
    const error = new ClipClientError(kind, "why (HTTP 1). Advice for programs", {
      status,
      reason: "why",
    });
    const failure = failureOf(error.of(3));
    assert.deepEqual([failure.title, failure.detail, failure.hint], [title, "why", hint], kind);
    if (kind !== "connection") assert.equal(failure.kind, kind);
  }
});

Deno.test("contentsOf() makes documents for the client out of what the page asks", async () => {
  const blob = new Blob(["PNG"]);
  const image = { name: "a.png", url: null, blob: () => Promise.resolve(blob) };
  const contents = await contentsOf([
    { image, matches: [{ text: "logo.png" }, { image }] },
    { id: "7", image, uri: "data:image/webp;base64,", tags: { bytes: 3 } },
    { id: "8", embedding: [0.5, 1] },
    { id: "9" },
  ]);
  assert.deepEqual(contents, [
    { id: "a.png", blob, matches: [{ text: "logo.png" }, { id: "a.png", blob }] },
    { id: "7", blob, uri: "data:image/webp;base64,", tags: { bytes: 3 } },
    { id: "8", embedding: Float32Array.of(0.5, 1) },
    { id: "9" },
  ]);
});

Deno.test("pieces() colours code and loses none of it", () => {
  const code = `curl -s x -d '{"a": 1.5e-3, "b": "c\\"d"}' # … 12 more\nfor x in y: true "open`;
  const found = pieces(code);
  assert.equal(found.map(({ text }) => text).join(""), code);
  const kinds = (kind: string) => found.filter((p) => p.kind === kind).map(({ text }) => text);
  assert.deepEqual(kinds("word"), ["curl", "for", "in", "true"]);
  assert.deepEqual(kinds("cut"), ["… 12 more"]);
  assert.deepEqual(
    pieces(`{"a": 1.5, "b": "c"}`).filter((p) => p.kind).map((p) => [p.kind, p.text]),
    [["key", `"a"`], ["number", "1.5"], ["key", `"b"`], ["string", `"c"`]],
  );
});

Deno.test("nextIndex() goes round, to the ends, and nowhere by other keys", () => {
  assert.deepEqual(
    ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "Home", "End", "x"]
      .map((key) => nextIndex(key, 2, 3)),
    [0, 0, 1, 1, 0, 2, undefined],
  );
  assert.equal(nextIndex("ArrowLeft", -1, 3), 2);
  assert.equal(nextIndex("Home", 0, 0), undefined);
});

Deno.test("blamed() finds the documents that a failure names, and why", () => {
  const failure = new Failure(
    "This could not be embedded",
    "document 'a; b.png' (index 2): it is damaged: cut short; document 'c' (index 3): " +
      "no picture's bytes; and 4 more",
  );
  assert.deepEqual([...blamed(failure)], [
    ["a; b.png", "it is damaged: cut short"],
    ["c", "no picture's bytes"],
  ]);
  assert.equal(blamed(new Failure("", "document 'd' (index 0): x")).get("d"), "x");
  assert.equal(blamed(new Failure("", "The queue is full")).size, 0);
});
