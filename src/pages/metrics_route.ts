/**
 * `/metrics` on the HTTP port, where those look for it who come from text-embeddings-inference or
 * infinity; `port_monitoring` has the same page.
 */
import type { InfoRoute } from "../exchange/http.ts";

/** Metrics in Prometheus's text format. */
export interface MetricsPage {
  readonly contentType: string;
  text(): Promise<string>;
}

/** The route. */
export function metricsRoute(page: MetricsPage): InfoRoute {
  return {
    kind: "info",
    method: "GET",
    path: "/metrics",
    async respond() {
      const headers = { "content-type": page.contentType, "cache-control": "no-store" };
      return { status: 200, headers, body: new TextEncoder().encode(await page.text()) };
    },
  };
}
