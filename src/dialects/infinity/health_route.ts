/** `GET /health`: what probes made for infinity ask. */
import { type InfoRoute, json } from "../../exchange/http.ts";
import type { ExecutorTable } from "../../service/executors.ts";
import { type Lifecycle, notReady } from "../../service/lifecycle.ts";

/** The route. infinity listens only when its models are there, so a probe wants the same of it here. */
export function healthRoute(
  { lifecycle, executors }: { lifecycle: Lifecycle; executors: ExecutorTable },
): InfoRoute {
  return {
    kind: "info",
    method: "GET",
    path: "/health",
    open: true,
    respond() {
      const error = notReady(lifecycle.stage, executors.ready);
      if (error) throw error;
      return json({ unix: Date.now() / 1000 });
    },
  };
}
