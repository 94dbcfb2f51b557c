/** The exporter of a protocol, each loaded only if it is the one. */
import type { SpanExporter } from "@opentelemetry/sdk-trace";
import type { Log } from "../log.ts";
import { AgreeingExporter } from "./agreeing_exporter.ts";
import type { ExporterProtocol } from "./endpoint.ts";
import type { TracingSettings } from "./settings.ts";

type Exported = Pick<TracingSettings, "protocol" | "otherwise" | "url" | "timeoutMillis">;

/** Opens no connection yet. @throws what the package has against the settings. */
export async function exporterOf(settings: Exported, log: Log): Promise<SpanExporter> {
  const { protocol, otherwise } = settings;
  const exporter = await exporterIn(protocol, settings);
  if (otherwise === undefined) return exporter;
  return new AgreeingExporter(
    exporter,
    () => exporterIn(otherwise, settings),
    () => log.info("The collector does not take this protocol", { protocol, instead: otherwise }),
  );
}

async function exporterIn(
  protocol: ExporterProtocol,
  { url, timeoutMillis }: Exported,
): Promise<SpanExporter> {
  const config = { timeoutMillis, ...(url === undefined ? {} : { url }) };
  switch (protocol) {
    case "grpc": {
      const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-grpc");
      return new OTLPTraceExporter(config);
    }
    case "http/protobuf": {
      const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-proto");
      return new OTLPTraceExporter(config);
    }
    case "http/json": {
      const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-http");
      return new OTLPTraceExporter(config);
    }
  }
}
