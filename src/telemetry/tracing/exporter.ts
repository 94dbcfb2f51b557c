/** The exporter of a protocol, each loaded only if it is the one. */
import type { SpanExporter } from "@opentelemetry/sdk-trace";
import type { TracingSettings } from "./settings.ts";

/** Opens no connection yet. @throws what the package has against the settings. */
export async function exporterOf(
  { protocol, url, timeoutMillis }: Pick<TracingSettings, "protocol" | "url" | "timeoutMillis">,
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
