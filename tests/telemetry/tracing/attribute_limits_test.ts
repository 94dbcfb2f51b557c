import assert from "node:assert/strict";
import {
  attributeLimitsOf,
  bounded,
  DEFAULT_LIMITS,
} from "../../../src/telemetry/tracing/attribute_limits.ts";
import { EnvironmentReader } from "../../../src/telemetry/tracing/environment_reader.ts";
import { chooseTracing } from "../../../src/telemetry/tracing/settings.ts";
import { startTracing } from "../../../src/telemetry/tracing/start.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { OtlpSink } from "../../support/otlp_sink.ts";

Deno.test("Limits are those of spans, else those of all, else the specification's", () => {
  const of = (env: Record<string, string>) => attributeLimitsOf(new EnvironmentReader(env));
  assert.deepEqual(of({}), DEFAULT_LIMITS);
  assert.deepEqual(
    of({
      OTEL_ATTRIBUTE_COUNT_LIMIT: "5",
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: "3",
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: "10",
    }),
    { count: 3, length: 10 },
  );
  const reader = new EnvironmentReader({ OTEL_ATTRIBUTE_COUNT_LIMIT: "many" });
  assert.deepEqual(attributeLimitsOf(reader), DEFAULT_LIMITS);
  assert.match(reader.warnings.join(), /OTEL_ATTRIBUTE_COUNT_LIMIT='many' is passed over/);
});

Deno.test("Texts are cut, numbers are not, and what has no room is counted", () => {
  const attributes = { a: "four", b: 12345, c: [1, 2, 3], d: true };
  assert.deepEqual(bounded(attributes, { count: 3, length: 2 }), {
    attributes: { a: "fo", b: 12345, c: [1, 2, 3] },
    dropped: 1,
  });
  assert.equal(bounded(attributes, DEFAULT_LIMITS).attributes, attributes);
});

Deno.test("Spans arrive within the limits of the environment", async () => {
  await using sink = new OtlpSink();
  const { settings } = chooseTracing({ wanted: null, host: null, port: null }, {
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: "2",
    OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: "3",
  });
  const tracing = await startTracing(settings!, SILENT_LOG);
  const caller = { peer: { address: "192.0.2.7" }, path: "/encode", method: "POST" };
  tracing.observer.arrived("http", caller).answered("ok", 1, 200);
  await tracing.close(10_000);
  assert.deepEqual(sink.spans.map(({ attributes }) => attributes), [
    { "clipline.protocol": "htt", "client.address": "192" },
  ]);
});
