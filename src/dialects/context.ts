/** What dialects are made of. */
import type { GatewayConfig } from "../flow/config.ts";
import type { Lifecycle } from "../service/lifecycle.ts";
import type { Service } from "../service/service.ts";
import type { Log } from "../telemetry/log.ts";

/** What every dialect is given. */
export interface DialectContext {
  service: Service;
  lifecycle: Lifecycle;
  /** What the flow says of routes, and how much a request may hold. */
  flow: Pick<
    GatewayConfig,
    | "noDebugEndpoints"
    | "noCrudEndpoints"
    | "exposeEndpoints"
    | "maxDocuments"
    | "maxValues"
    | "strictFields"
    | "maxClientBatchSize"
    | "prefetch"
  >;
  log: Log;
}
