import assert from "node:assert/strict";
import { refusal } from "../../../src/dialects/writing/refusal.ts";
import { ClipError } from "../../../src/errors.ts";

Deno.test("a refusal has the table's status and the dialect's body", () => {
  const { status, headers, body, outcome } = refusal(
    new ClipError("not_found", "no such model"),
    "cohere",
    { message: "no such model" },
  );
  assert.equal(status, 404);
  assert.deepEqual(headers, { "content-type": "application/json" });
  assert.equal(new TextDecoder().decode(body!), '{"message":"no such model"}');
  assert.equal(outcome, "not_found");
});

Deno.test("who may come again is told when", () => {
  const later = (kind: "overloaded" | "rate_limited" | "unavailable", retryAfterMs?: number) =>
    refusal(
      new ClipError(kind, "", retryAfterMs === undefined ? {} : { retryAfterMs }),
      "qdrant",
      {},
    ).headers["retry-after"];
  assert.equal(later("overloaded", 2100), "3");
  assert.equal(later("rate_limited", 100), "1");
  assert.equal(later("unavailable"), "1");
});

Deno.test("who has no key is told what kind is wanted", () => {
  const { status, headers } = refusal(new ClipError("unauthenticated", ""), "voyage", {});
  assert.equal(status, 401);
  assert.equal(headers["www-authenticate"], "Bearer");
});
