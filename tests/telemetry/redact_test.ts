import assert from "node:assert/strict";
import { addressOf, withoutSecrets } from "../../src/telemetry/redact.ts";

Deno.test("addressOf() is where a URI leads, and nothing that it carries", () => {
  const table: [string, string][] = [
    ["https://user:password@host.example:8443/a/b.png?token=1#x", "https://host.example:8443"],
    ["HTTP://Host.Example/", "http://host.example"],
    ["data:image/png;base64,AAAA", "data:"],
    ["s3://key:secret@bucket/x", "s3:"],
    ["/etc/passwd", "file:"],
    ["http://%%%", "http:"],
  ];
  for (const [uri, address] of table) assert.equal(addressOf(uri), address, uri);
});

Deno.test("withoutSecrets() leaves of URLs what leads nobody in", () => {
  const table: [string, string][] = [
    [
      "Cannot fetch https://me:pw@host/a.png?sig=1: refused",
      "Cannot fetch https://host/a.png?… refused",
    ],
    ["'s3://key:secret@bucket/x?y' is no URI", "'s3://bucket/x?…' is no URI"],
    ["'data:image/png;base64,AAAA' is broken", "'data:…' is broken"],
    [
      "at https://host/a.png: the server answered 404",
      "at https://host/a.png: the server answered 404",
    ],
    ["https://me@x:pw@host/", "https://host/"],
  ];
  for (const [text, shown] of table) assert.equal(withoutSecrets(text), shown);
});
