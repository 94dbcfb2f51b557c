import assert from "node:assert/strict";
import { failureResponses } from "../../../src/dialects/describing/operation.ts";
import { statusOf } from "../../../src/dialects/statuses.ts";
import type { ErrorKind } from "../../../src/errors.ts";

const KINDS: ErrorKind[] = [
  "invalid",
  "document",
  "too_large",
  "unsupported_media",
  "not_found",
  "unauthenticated",
  "rate_limited",
  "overloaded",
  "unavailable",
  "deadline",
  "cancelled",
  "backend",
  "config",
  "model",
];

Deno.test("every status that a failure can have is described", () => {
  for (const api of ["cohere", "voyage", "weaviate", "immich", "qdrant", "tei"] as const) {
    const described = Object.keys(failureResponses(api, {})).map(Number);
    for (const kind of KINDS) assert.ok(described.includes(statusOf(kind, api)), `${api} ${kind}`);
    assert.ok(described.includes(408));
  }
});

Deno.test("kinds of one status are described together", () => {
  const responses = failureResponses("cohere", { type: "string" });
  assert.deepEqual(responses[400], {
    description: "The body is wrong; an input cannot be embedded",
    content: { "application/json": { schema: { type: "string" } } },
  });
});
