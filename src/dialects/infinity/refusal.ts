/** infinity's error bodies (0.0.78): OpenAI's shape, with the status as the code. */
import type { ClipError } from "../../errors.ts";
import { type HttpAnswer, json, retryAfterS } from "../../exchange/http.ts";
import { paramOf } from "../reading/typed_body.ts";
import { statusOf } from "../statuses.ts";

/** The answer to a request that failed. */
export function refuseInfinity(error: ClipError): HttpAnswer {
  const { kind, message } = error;
  const status = statusOf(kind, "infinity");
  if (kind === "unauthenticated") {
    // FastAPI's own words for it.
    const headers = { "www-authenticate": "Bearer" };
    return { ...json({ detail: "Unauthorized" }, status, headers), outcome: kind };
  }
  const later = kind === "overloaded" || kind === "rate_limited" || kind === "unavailable";
  const headers = later ? { "retry-after": String(retryAfterS(error)) } : undefined;
  const body = { error: { message, type: null, param: paramOf(error), code: status } };
  return { ...json(body, status, headers), outcome: kind };
}
