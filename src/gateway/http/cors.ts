/** Cross-origin requests, as the original allows them with `cors: true`: from everywhere. */

/** Headers for an answer to a page of another origin; none without `Origin`. */
export function corsHeaders(request: Request): [string, string][] {
  const origin = request.headers.get("origin");
  if (origin === null) return [];
  // With credentials allowed a browser wants the origin itself, not `*`.
  return [
    ["access-control-allow-origin", origin],
    ["access-control-allow-credentials", "true"],
    ["vary", "origin"],
  ];
}

/** The answer to a preflight request; undefined if it is none. */
export function preflight(request: Request): Response | undefined {
  const method = request.headers.get("access-control-request-method");
  if (request.method !== "OPTIONS" || method === null) return undefined;
  const headers = new Headers(corsHeaders(request));
  headers.set("access-control-allow-methods", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
  headers.set("access-control-max-age", "600");
  const wanted = request.headers.get("access-control-request-headers");
  if (wanted !== null) headers.set("access-control-allow-headers", wanted);
  return new Response(null, { status: 204, headers });
}
