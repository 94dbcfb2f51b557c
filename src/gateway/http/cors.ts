/** Cross-origin requests, as the original allows them with `cors: true`: from everywhere. */
import { empty, type HttpAnswer, type HttpHead } from "../../exchange/http.ts";

/** Headers for an answer to a page of another origin; none without `Origin`. */
export function corsHeaders(head: HttpHead): Record<string, string> {
  const origin = head.header("origin");
  if (origin === undefined) return {};
  // With credentials allowed a browser wants the origin itself, not `*`.
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-credentials": "true",
    vary: "origin",
  };
}

/** The answer to a preflight request, without `corsHeaders`; undefined if it is none. */
export function preflight(head: HttpHead): HttpAnswer | undefined {
  const method = head.header("access-control-request-method");
  if (head.method !== "OPTIONS" || method === undefined) return undefined;
  const wanted = head.header("access-control-request-headers");
  return empty(204, {
    "access-control-allow-methods": "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
    "access-control-max-age": "600",
    ...(wanted === undefined ? {} : { "access-control-allow-headers": wanted }),
  });
}
