/**
 * Web pages of other origins (https://fetch.spec.whatwg.org/#http-cors-protocol): which of them may
 * read answers, and open WebSockets, which browsers let any page do that the server does not refuse.
 */
import { empty, type HttpAnswer, type HttpHead } from "../../exchange/http.ts";

/** `true` for pages of any origin, `false` for none but this server's own, or those allowed. */
export type AllowedOrigins = boolean | readonly string[];

/** Headers for an answer to a page of another origin; none without `Origin`. */
export function corsHeaders(
  allowed: AllowedOrigins,
  head: Pick<HttpHead, "header">,
): Record<string, string> {
  const origin = head.header("origin");
  if (origin === undefined || allowed === false) return {};
  if (allowed === true) return { "access-control-allow-origin": "*" };
  // The answer differs by who asks, also where it says nothing: caches are to know.
  if (!allowed.includes(origin)) return { vary: "origin" };
  return { "access-control-allow-origin": origin, vary: "origin" };
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

/**
 * Whether a client that names this origin may open a WebSocket. Programs name none, or the server's
 * own; a page names the one that it comes from.
 * @param host the request's `Host`.
 */
export function mayOpen(
  allowed: AllowedOrigins,
  origin: string | undefined,
  host: string | undefined,
): boolean {
  if (origin === undefined || allowed === true) return true;
  if (allowed !== false && allowed.includes(origin)) return true;
  return origin.replace(/^[a-z]+:\/\//, "") === host;
}
