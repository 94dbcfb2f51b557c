/** The listener that Prometheus scrapes. */
import { within } from "../deadline.ts";
import { ClipError } from "../errors.ts";
import type { MetricSet } from "./metric_set.ts";

/** A scrape that has not ended by then does not hold up the end of the process. */
const CLOSE_MS = 1000;

/** A page of metrics that is served. */
export interface MetricsServer {
  host: string;
  port: number;
  /** Closes the listener; resolves when scrapes under way are answered, or after a second. */
  close(): Promise<void>;
}

/**
 * Answers `GET /` (as Jina's listener does), `GET /metrics` (as Prometheus asks by default), and
 * `GET /healthz/live` and `/healthz/ready` for those who can ask nowhere else: with client
 * certificates, or where gRPC alone is served. Needs no socket.
 */
export async function answerScrape(
  request: Request,
  set: MetricSet,
  ready: () => boolean,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  const health = pathname === "/healthz/live" || pathname === "/healthz/ready";
  if (pathname !== "/" && pathname !== "/metrics" && !health) {
    return new Response("Not found: the metrics are at /metrics\n", { status: 404 });
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    return new Response("Method not allowed\n", { status: 405, headers: { allow: "GET, HEAD" } });
  }
  if (health) {
    const well = pathname === "/healthz/live" || ready();
    const body = request.method === "HEAD" ? null : well ? "ok\n" : "not ready\n";
    return new Response(body, {
      status: well ? 200 : 503,
      headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
    });
  }
  const text = await set.text();
  return new Response(request.method === "HEAD" ? null : text, {
    headers: { "content-type": set.contentType, "cache-control": "no-store" },
  });
}

/**
 * Serves a page of metrics, always without TLS as Jina does.
 * @param whose in the error: whose `port_monitoring` it is.
 * @param ready whether the server takes work, for `/healthz/ready`.
 * @throws {ClipError} "unavailable" if the port is in use or not allowed.
 */
export function serveMetrics(
  set: MetricSet,
  host: string,
  port: number,
  whose: string,
  ready: () => boolean,
): MetricsServer {
  try {
    const server = Deno.serve(
      { hostname: host, port, automaticCompression: true, onListen: () => {} },
      (request) => answerScrape(request, set, ready),
    );
    return { host, port: server.addr.port, close: () => within(CLOSE_MS, server.shutdown()) };
  } catch (thrown) {
    const reason = thrown instanceof Deno.errors.AddrInUse
      ? "is in use"
      : thrown instanceof Deno.errors.PermissionDenied
      ? "may not be opened by this user"
      : undefined;
    if (reason === undefined) throw thrown;
    throw new ClipError(
      "unavailable",
      `Port ${port} of ${host} ${reason}: choose another 'port_monitoring' for ${whose}, or leave 'monitoring' out`,
    );
  }
}
