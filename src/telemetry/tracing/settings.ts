/**
 * Whether requests are traced, and how: out of the flow and the variables of OpenTelemetry
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/). Of the
 * exporter's own the packages read most themselves: headers, time, compression, certificates.
 */
import type { TracingConfig } from "../../flow/config.ts";
import { type AttributeLimits, attributeLimitsOf } from "./attribute_limits.ts";
import {
  endpointOf,
  type ExporterProtocol,
  GRPC_PORT,
  protocolOn,
  type Target,
} from "./endpoint.ts";
import { EnvironmentReader, type Variables } from "./environment_reader.ts";
import { headersCanBeSent, lookAtOthers, timeoutOf } from "./exporter_variables.ts";

/** Which requests are traced. */
export const SAMPLERS = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;
/** One of them. */
export type SamplerName = (typeof SAMPLERS)[number];

/** How requests are traced. */
export interface TracingSettings {
  protocol: ExporterProtocol;
  /** Where spans go; undefined: the exporter takes the environment's. */
  url: string | undefined;
  /** The same for people to read, without a user's name and password. */
  shownUrl: string;
  sampler: SamplerName;
  /** Of the samplers by ratio: the share of traces, 0..1. */
  ratio: number;
  /** Milliseconds that the collector has for an answer. */
  timeoutMillis: number;
  /** Whether requests may say which trace they belong to. */
  propagate: boolean;
  /** Of what attributes may be (`OTEL_ATTRIBUTE_*`, `OTEL_SPAN_ATTRIBUTE_*`). */
  limits: AttributeLimits;
  /** What waits to be sent, at most, and in what pieces (`OTEL_BSP_*`). */
  batch: {
    maxQueueSize: number;
    maxExportBatchSize: number;
    scheduledDelayMillis: number;
    exportTimeoutMillis: number;
  };
}

/** What is to be done, and what of the environment is passed over. */
export interface TracingChoice {
  /** Undefined: nothing is traced. */
  settings: TracingSettings | undefined;
  warnings: readonly string[];
}

/** Reads both; nothing is looked at beyond what says that tracing is off. */
export function chooseTracing(flow: TracingConfig, env: Variables): TracingChoice {
  const reader = new EnvironmentReader(env);
  const off = { settings: undefined, warnings: reader.warnings };
  if (flow.wanted === false || reader.flag("OTEL_SDK_DISABLED")) return off;
  const name = reader.firstOf("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT");
  if (name === undefined && flow.wanted !== true) return off;
  const exporters = reader.list("OTEL_TRACES_EXPORTER") ?? ["otlp"];
  if (exporters.includes("none")) return off;
  if (!exporters.includes("otlp")) reader.passOver("OTEL_TRACES_EXPORTER", "otlp or none");
  const target = name === undefined ? ofFlow(flow, reader) : endpointOf(name, reader);
  if (target === undefined || !headersCanBeSent(reader, target.protocol)) return off;
  const settings: TracingSettings = {
    ...target,
    sampler: reader.choice("OTEL_TRACES_SAMPLER", SAMPLERS) ?? "parentbased_always_on",
    ratio: reader.number("OTEL_TRACES_SAMPLER_ARG", 0, 1) ?? 1,
    timeoutMillis: timeoutOf(reader),
    propagate: propagates(reader),
    limits: attributeLimitsOf(reader),
    batch: batchOf(reader),
  };
  lookAtOthers(reader, target.url);
  return { settings, warnings: reader.warnings };
}

function ofFlow({ host, port }: TracingConfig, reader: EnvironmentReader): Target {
  const chosen = port ?? GRPC_PORT;
  const protocol = protocolOn(chosen, "grpc", reader);
  const named = host ?? "localhost";
  const origin = `${/^https?:\/\//i.test(named) ? named : `http://${named}`}:${chosen}`;
  const url = protocol === "grpc" ? origin : `${origin}/v1/traces`;
  return { protocol, url, shownUrl: url };
}

function propagates(reader: EnvironmentReader): boolean {
  const said = reader.list("OTEL_PROPAGATORS");
  if (said === undefined || said.includes("tracecontext")) return true;
  if (!said.includes("none")) reader.passOver("OTEL_PROPAGATORS", "tracecontext or none");
  return false;
}

function batchOf(reader: EnvironmentReader): TracingSettings["batch"] {
  const maxQueueSize = reader.whole("OTEL_BSP_MAX_QUEUE_SIZE", 1) ?? 2048;
  return {
    maxQueueSize,
    maxExportBatchSize: Math.min(
      maxQueueSize,
      reader.whole("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 1) ?? 512,
    ),
    scheduledDelayMillis: reader.whole("OTEL_BSP_SCHEDULE_DELAY", 0) ?? 5000,
    exportTimeoutMillis: reader.whole("OTEL_BSP_EXPORT_TIMEOUT", 1) ?? 30_000,
  };
}
