import assert from "node:assert/strict";
import { httpFailure, retryAfterMs } from "../../../client/transports/http_failure.ts";

const failure = (status: number, body: unknown, retryAfter: string | null = null) =>
  httpFailure({ status, retryAfter, text: typeof body === "string" ? body : JSON.stringify(body) });

Deno.test("Retry-After is seconds or a date", () => {
  assert.equal(retryAfterMs("3"), 3000);
  assert.equal(retryAfterMs(null), undefined);
  assert.equal(retryAfterMs("soon"), undefined);
  const date = "Wed, 21 Oct 2026 07:28:00 GMT";
  assert.equal(retryAfterMs(date, Date.parse(date) - 5000), 5000);
  assert.equal(retryAfterMs(date, Date.parse(date) + 5000), 0);
});

Deno.test("the server's words are shown, in whatever form they come", () => {
  const status = { code: 1, description: "ValueError('x')", exception: { args: ["too full"] } };
  assert.match(failure(503, { header: { status } }).message, /^too full \(HTTP 503\)$/);
  assert.equal(failure(413, { detail: "too much" }).of(3).reason, "too much");
  assert.match(
    failure(413, { detail: "too much" }).message,
    /^too much \(HTTP 413\)\. Use a smaller/,
  );
  const detail = [{ loc: ["body", "data", 0, "text"], msg: "str type expected" }];
  assert.match(failure(422, { detail }).message, /^body\.data\.0\.text: str type expected/);
  const page =
    "<!DOCTYPE html><html><head>\n<title> 502 Bad Gateway</title></head><body><h1>no</h1>";
  assert.match(failure(502, page).message, /a web page, "502 Bad Gateway".*\(HTTP 502\)/);
  assert.doesNotMatch(failure(502, page).message, /</);
  assert.match(failure(502, "<html>bad gateway</html>").message, /answered with a web page: /);
  assert.match(failure(500, "").message, /^No reason was given \(HTTP 500\)$/);
});

Deno.test("kinds tell programs what to do", () => {
  const kinds = [400, 401, 403, 404, 408, 413, 415, 422, 429, 418, 500, 502, 503, 504].map(
    (status) => failure(status, "").kind,
  );
  assert.deepEqual(kinds, [
    "invalid",
    "unauthenticated",
    "unauthenticated",
    "not_found",
    "timeout",
    "too_large",
    "invalid",
    "invalid",
    "rate_limited",
    "invalid",
    "server",
    "unavailable",
    "overloaded",
    "timeout",
  ]);
});
