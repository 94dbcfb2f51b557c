import assert from "node:assert/strict";
import { chooseTracing, type TracingChoice } from "../../../src/telemetry/tracing/settings.ts";

const UNSAID = { wanted: null, host: null, port: null };
const JINA = { wanted: true, host: null, port: null };
const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" };

/** Where spans go, and how. */
function target({ settings }: TracingChoice): unknown {
  return settings && [settings.protocol, settings.url];
}

Deno.test("Nothing is traced unless the flow or the environment says so", () => {
  assert.equal(chooseTracing(UNSAID, {}).settings, undefined);
  assert.equal(chooseTracing(UNSAID, { OTEL_TRACES_EXPORTER: "otlp" }).settings, undefined);
  assert.equal(chooseTracing(UNSAID, { OTEL_EXPORTER_OTLP_ENDPOINT: " " }).settings, undefined);
  assert.ok(chooseTracing(UNSAID, ENDPOINT).settings);
  assert.ok(chooseTracing(JINA, {}).settings);
});

Deno.test("The flow's `tracing: false`, OTEL_SDK_DISABLED and the exporter `none` turn it off", () => {
  assert.equal(chooseTracing({ ...UNSAID, wanted: false }, ENDPOINT).settings, undefined);
  for (const flow of [UNSAID, JINA]) {
    for (const off of [{ OTEL_SDK_DISABLED: "TRUE" }, { OTEL_TRACES_EXPORTER: "none" }]) {
      const choice = chooseTracing(flow, { ...ENDPOINT, ...off });
      assert.deepEqual(choice, { settings: undefined, warnings: [] });
    }
  }
});

Deno.test("Jina's host and port: gRPC, unless the port is the one of HTTP or the environment says so", () => {
  const of = (host: string | null, port: number | null, env = {}) =>
    target(chooseTracing({ wanted: true, host, port }, env));
  assert.deepEqual(of(null, null), ["grpc", "http://localhost:4317"]);
  assert.deepEqual(of("http://a", 4317), ["grpc", "http://a:4317"]);
  assert.deepEqual(of("https://a", 5000), ["grpc", "https://a:5000"]);
  assert.deepEqual(of("[::1]", 5000), ["grpc", "http://[::1]:5000"]);
  const http = "http://a:4318/v1/traces";
  assert.deepEqual(of("a", 4318), ["http/protobuf", http]);
  const protobuf = { OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf" };
  assert.deepEqual(of("a", 4318, protobuf), ["http/protobuf", http]);
  const grpc = { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" };
  assert.deepEqual(of("a", 4318, grpc), ["grpc", "http://a:4318"]);
});

Deno.test("The environment's endpoint wins over the flow's", () => {
  const flow = { wanted: true, host: "other", port: 4317 };
  const url = "http://collector:4318/v1/traces";
  assert.deepEqual(target(chooseTracing(flow, ENDPOINT)), ["http/protobuf", url]);
});

Deno.test("What the environment has wrong is told, and what stands there by default is taken", () => {
  const { settings, warnings } = chooseTracing(UNSAID, {
    ...ENDPOINT,
    OTEL_EXPORTER_OTLP_PROTOCOL: "thrift",
    OTEL_TRACES_SAMPLER: "sometimes",
    OTEL_TRACES_SAMPLER_ARG: "2",
    OTEL_TRACES_EXPORTER: "zipkin",
    OTEL_PROPAGATORS: "b3",
    OTEL_BSP_MAX_QUEUE_SIZE: "-1",
    OTEL_BSP_SCHEDULE_DELAY: "soon",
  });
  assert.equal(settings?.protocol, "http/protobuf");
  assert.equal(settings?.sampler, "parentbased_always_on");
  assert.equal(settings?.ratio, 1);
  assert.equal(settings?.propagate, false);
  assert.equal(settings?.batch.maxQueueSize, 2048);
  assert.equal(settings?.batch.scheduledDelayMillis, 5000);
  assert.equal(warnings.length, 7);
  for (const warning of warnings) {
    assert.match(warning, /^OTEL_[A-Z_]+='[^']*' is passed over; expected /);
  }
});

Deno.test("Sampler, propagators and batches are the environment's", () => {
  const { settings, warnings } = chooseTracing(UNSAID, {
    ...ENDPOINT,
    OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
    OTEL_TRACES_SAMPLER_ARG: "0.1",
    OTEL_PROPAGATORS: "tracecontext,baggage",
    OTEL_BSP_MAX_QUEUE_SIZE: "100",
    OTEL_BSP_EXPORT_TIMEOUT: "1000",
  });
  assert.deepEqual(warnings, []);
  assert.equal(settings?.sampler, "parentbased_traceidratio");
  assert.equal(settings?.ratio, 0.1);
  assert.equal(settings?.propagate, true);
  assert.deepEqual(settings?.batch, {
    maxQueueSize: 100,
    maxExportBatchSize: 100,
    scheduledDelayMillis: 5000,
    exportTimeoutMillis: 1000,
  });
});
