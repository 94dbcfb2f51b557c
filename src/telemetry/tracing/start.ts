/**
 * Tracing, as it runs: OpenTelemetry's own SDK and exporters. Loaded only if requests are traced; a
 * process that does not trace has nothing of it.
 */
import { diag, DiagLogLevel } from "@opentelemetry/api";
import { setGlobalErrorHandler } from "@opentelemetry/core";
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace";
import { within } from "../../deadline.ts";
import type { Log } from "../log.ts";
import { withoutSecrets } from "../redact.ts";
import type { RequestObserver } from "../request_observer.ts";
import { DeferredDrawing } from "./deferred_drawing.ts";
import { exporterOf } from "./exporter.ts";
import { ownResource } from "./resource.ts";
import { samplerOf } from "./sampler.ts";
import type { TracingSettings } from "./settings.ts";
import { tracedRequests } from "./traced_requests.ts";
import { ExportTrouble, WatchedExporter } from "./watched_exporter.ts";

/** Tracing that is on. */
export interface Tracing {
  /** What gateways report to. */
  readonly observer: RequestObserver;
  /** Sends what is left, for so long at most. Never rejects. */
  close(limitMs: number): Promise<void>;
}

/** Starts it. @throws what the packages have against the settings. */
export async function startTracing(settings: TracingSettings, log: Log): Promise<Tracing> {
  const trouble = new ExportTrouble(log);
  // What they have against settings has been told, and where it stands.
  listen((text) => log.debug("OpenTelemetry says", { text: withoutSecrets(text) }));
  // Of exports that fail the exporter itself tells.
  setGlobalErrorHandler(() => {});
  const exporter = new WatchedExporter(await exporterOf(settings), trouble);
  const processor = new BatchSpanProcessor({ ...settings.batch, exporter });
  const { resource, warnings } = ownResource(Deno.env.toObject());
  for (const warning of warnings) log.warn(warning);
  listen((text) => trouble.said(text));
  const target = { processor, resource, limits: settings.limits };
  const drawing = new DeferredDrawing(target);
  return {
    observer: tracedRequests({
      sampler: samplerOf(settings),
      ended: (record, request) => drawing.add(record, request),
      propagate: settings.propagate,
    }),
    async close(limitMs) {
      drawing.flush();
      const done = processor.shutdown().then(() => true, () => true);
      if (!await within(limitMs, done)) {
        log.warn("The last traces could not be sent in time", { limitMs });
      }
    },
  };
}

/** Hears what the packages have to say, of these processors and exporters and of others. */
function listen(say: (text: string) => void): void {
  const quiet = () => {};
  diag.setLogger(
    { error: say, warn: say, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
