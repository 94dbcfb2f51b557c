/** What every dialect's errors have in common over HTTP: the table's status, and who may come again. */
import type { ClipError, ErrorKind } from "../../errors.ts";
import { type HttpAnswer, json, retryAfterS } from "../../exchange/http.ts";
import { statusOf, type TabledApi } from "../statuses.ts";

/** Failures that pass by themselves. */
const PASSING: ReadonlySet<ErrorKind> = new Set(["overloaded", "rate_limited", "unavailable"]);

/**
 * The answer to a request that failed: the dialect's body under the status of the table, with
 * `retry-after` where it is worth to come again, and `www-authenticate` where a key is missing
 * (RFC 9110, section 11.6.1).
 */
export function refusal(error: ClipError, api: TabledApi, body: unknown): HttpAnswer {
  const { kind } = error;
  const headers: Record<string, string> = {
    ...(PASSING.has(kind) ? { "retry-after": String(retryAfterS(error)) } : {}),
    ...(kind === "unauthenticated" ? { "www-authenticate": "Bearer" } : {}),
  };
  return { ...json(body, statusOf(kind, api), headers), outcome: kind };
}
