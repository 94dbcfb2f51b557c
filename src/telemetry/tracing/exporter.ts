/**
 * The exporter of a protocol: OpenTelemetry's own, with its variables, its second attempts and its
 * time-outs, but for what writes protobuf. What one protocol needs is loaded only if it is the one.
 */
import { type IOtlpExportDelegate, OTLPExporterBase } from "@opentelemetry/otlp-exporter-base";
import {
  type IExportTraceServiceResponse,
  type ISerializer,
  JsonTraceSerializer,
  ProtobufTraceSerializer,
  TraceExporterMetricsHelper,
} from "@opentelemetry/otlp-transformer";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";
import { writeSpans } from "./otlp_spans.ts";
import type { TracingSettings } from "./settings.ts";

type Serializer = ISerializer<ReadableSpan[], IExportTraceServiceResponse>;

const PROTOBUF: Serializer = {
  serializeRequest: writeSpans,
  deserializeResponse: (data) => ProtobufTraceSerializer.deserializeResponse(data),
};

/** What the packages' own exporters call themselves, in metrics that nobody is given here. */
const OVER_HTTP = "otlp_http_span_exporter";
const OVER_GRPC = "otlp_grpc_span_exporter";

/** Opens no connection yet. @throws what the package has against the settings. */
export async function exporterOf(
  { protocol, url, timeoutMillis }: Pick<TracingSettings, "protocol" | "url" | "timeoutMillis">,
): Promise<SpanExporter> {
  const config = { timeoutMillis, ...(url === undefined ? {} : { url }) };
  switch (protocol) {
    case "grpc":
      return new OTLPExporterBase(await overGrpc(config));
    case "http/protobuf":
      return new OTLPExporterBase(await overHttp(config, PROTOBUF, "application/x-protobuf"));
    case "http/json":
      return new OTLPExporterBase(await overHttp(config, JsonTraceSerializer, "application/json"));
  }
}

/** What the packages take. */
interface Config {
  timeoutMillis: number;
  url?: string;
}

/** As `@opentelemetry/exporter-trace-otlp-grpc@0.301.0` puts it together. */
async function overGrpc(config: Config): Promise<IOtlpExportDelegate<ReadableSpan[]>> {
  const { convertLegacyOtlpGrpcOptions, createOtlpGrpcExportDelegate } = await import(
    "@opentelemetry/otlp-grpc-exporter-base"
  );
  return createOtlpGrpcExportDelegate(
    convertLegacyOtlpGrpcOptions(config, "TRACES"),
    PROTOBUF,
    OVER_GRPC,
    TraceExporterMetricsHelper,
    undefined,
    "TraceExportService",
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
  );
}

/** As `@opentelemetry/exporter-trace-otlp-proto@0.301.0` and `…-http` put it together. */
async function overHttp(
  config: Config,
  serializer: Serializer,
  type: string,
): Promise<IOtlpExportDelegate<ReadableSpan[]>> {
  const { convertLegacyHttpOptions, createOtlpHttpExportDelegate } = await import(
    "@opentelemetry/otlp-exporter-base/node-http"
  );
  return createOtlpHttpExportDelegate(
    convertLegacyHttpOptions(config, "TRACES", "v1/traces", { "Content-Type": type }),
    serializer,
    OVER_HTTP,
    TraceExporterMetricsHelper,
    undefined,
  );
}
