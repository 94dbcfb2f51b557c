import assert from "node:assert/strict";
import { mimeTypeOfUri, setMimeTypes } from "../../../../src/dialects/jina/document/mime_type.ts";

Deno.test("mimeTypeOfUri() knows images by extension and data: URLs by their type", () => {
  const cases: [string, string | undefined][] = [
    ["https://example.org/a.png", "image/png"],
    ["https://example.org/a.JPG?size=1#x", "image/jpeg"],
    ["/srv/cat.webp", "image/webp"],
    ["https://example.org/a", undefined],
    ["https://example.org/a.exe", undefined],
    ["data:image/png;base64,AAAA", "image/png"],
    ["data:,hello", "text/plain"],
    ["data:;base64,AAAA", "text/plain"],
    [`data:${"x".repeat(1000)}`, "text/plain"],
    ["", undefined],
  ];
  for (const [uri, type] of cases) assert.equal(mimeTypeOfUri(uri), type, uri);
});

Deno.test("setMimeTypes() fills in what is missing, at every level, and keeps what is given", () => {
  const documents = [
    { id: "1", text: "a", matches: [{ id: "2", uri: "a.png" }], chunks: [{ id: "3", text: "b" }] },
    { id: "4", text: "a", mimeType: "text/html" },
    { id: "5", blob: new Uint8Array(1) },
    { id: "6", text: "" },
  ];
  setMimeTypes(documents);
  assert.deepEqual(documents, [
    {
      id: "1",
      text: "a",
      matches: [{ id: "2", uri: "a.png", mimeType: "image/png" }],
      chunks: [{ id: "3", text: "b", mimeType: "text/plain" }],
      mimeType: "text/plain",
    },
    { id: "4", text: "a", mimeType: "text/html" },
    { id: "5", blob: new Uint8Array(1) },
    { id: "6", text: "" },
  ]);
});
