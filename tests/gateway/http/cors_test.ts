import assert from "node:assert/strict";
import { corsHeaders, mayOpen, preflight } from "../../../src/gateway/http/cors.ts";

const PAGE = "https://page.example";

function head(headers: Record<string, string>) {
  return { header: (name: string) => headers[name] };
}

Deno.test("corsHeaders() lets pages of any origin read, without their visitors' credentials", () => {
  assert.deepEqual(corsHeaders(true, head({ origin: PAGE })), {
    "access-control-allow-origin": "*",
  });
  assert.deepEqual(corsHeaders(true, head({})), {});
  assert.deepEqual(corsHeaders(false, head({ origin: PAGE })), {});
});

Deno.test("corsHeaders() lets only listed origins read, and tells caches that it matters", () => {
  const allowed = ["https://other.example", PAGE];
  assert.deepEqual(corsHeaders(allowed, head({ origin: PAGE })), {
    "access-control-allow-origin": PAGE,
    vary: "origin",
  });
  for (const origin of ["https://page.example.evil", "http://page.example", "null"]) {
    assert.deepEqual(corsHeaders(allowed, head({ origin })), { vary: "origin" }, origin);
  }
});

Deno.test("preflight() answers what browsers ask before a request, and nothing else", () => {
  const asked = head({ "access-control-request-method": "POST" });
  const more = { path: "/", query: "", signal: new AbortController().signal };
  assert.equal(preflight({ ...asked, ...more, method: "OPTIONS" })?.status, 204);
  assert.equal(preflight({ ...asked, ...more, method: "POST" }), undefined);
  assert.equal(preflight({ ...head({}), ...more, method: "OPTIONS" }), undefined);
});

Deno.test("mayOpen() refuses WebSockets of strangers' pages", () => {
  assert.ok(mayOpen(false, undefined, "server:1"), "a program that names no origin");
  assert.ok(mayOpen(false, "http://server:1", "server:1"), "a page of this server");
  assert.ok(mayOpen(false, "https://server:1", "server:1"), "a page behind a proxy with TLS");
  assert.equal(mayOpen(false, PAGE, "server:1"), false);
  assert.equal(mayOpen(false, "null", "server:1"), false, "a page from a file, or a sandbox");
  assert.ok(mayOpen(true, PAGE, "server:1"));
  assert.ok(mayOpen([PAGE], PAGE, "server:1"));
  assert.equal(mayOpen(["https://other.example"], PAGE, "server:1"), false);
  assert.equal(mayOpen(false, PAGE, undefined), false);
});
