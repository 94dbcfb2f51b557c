import assert from "node:assert/strict";
import { defaultResource } from "@opentelemetry/resources";
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";
import { ClipError, type ErrorKind } from "../../../src/errors.ts";
import { grpcStatus, status } from "../../../src/gateway/grpc/status.ts";
import { observeBoth, type Outcome } from "../../../src/telemetry/request_observer.ts";
import { requestLog } from "../../../src/telemetry/request_log.ts";
import { DEFAULT_LIMITS } from "../../../src/telemetry/tracing/attribute_limits.ts";
import { drawRequest } from "../../../src/telemetry/tracing/request_spans.ts";
import { RPC_STATUS } from "../../../src/rpc_status.ts";
import { samplerOf } from "../../../src/telemetry/tracing/sampler.ts";
import { type SamplerName, SAMPLERS } from "../../../src/telemetry/tracing/settings.ts";
import { tracedRequests } from "../../../src/telemetry/tracing/traced_requests.ts";
import { WallClock } from "../../../src/telemetry/tracing/wall_clock.ts";
import { LogLines } from "../../support/log_lines.ts";

const PEER = { address: "10.0.0.1" };
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SAMPLED = `00-${TRACE}-b7ad6b7169203331-01`;
const UNSAMPLED = `00-${TRACE}-b7ad6b7169203331-00`;

function tracing(
  { sampler = "parentbased_always_on" as SamplerName, ratio = 1, propagate = true } = {},
) {
  const exporter = new InMemorySpanExporter();
  const target = {
    processor: new SimpleSpanProcessor({ exporter }),
    limits: DEFAULT_LIMITS,
    resource: defaultResource(),
  };
  const observer = tracedRequests({
    sampler: samplerOf({ sampler, ratio }),
    ended: (record, request) => drawRequest(target, record, request),
    propagate,
  });
  return { observer, spans: () => exporter.getFinishedSpans() };
}

function headers(traceparent: string | undefined) {
  return {
    peer: PEER,
    method: "POST",
    route: "/encode",
    header: (name: string) => name === "traceparent" ? traceparent : undefined,
  };
}

Deno.test("A refusal has its reason; an error is what the server is to blame for", () => {
  const cases: [Outcome, number, boolean][] = [
    ["ok", 200, false],
    ["failed", 200, false],
    ["invalid", 422, false],
    ["rate_limited", 429, false],
    ["cancelled", 499, false],
    ["overloaded", 503, true],
    ["deadline", 504, true],
    ["unavailable", 503, true],
    ["backend", 500, true],
  ];
  for (const [outcome, code, isError] of cases) {
    const { observer, spans } = tracing();
    const watch = observer.arrived("http", headers(undefined));
    const error = outcome === "ok" || outcome === "failed" ? undefined : outcome;
    watch.trace!.stage("admission", performance.now(), { error });
    watch.answered(outcome, 0, code);
    watch.answered("ok", 1, 200);
    const [admission, server] = spans();
    assert.equal(spans().length, 2, outcome);
    assert.equal(server!.status.code, isError ? 2 : 0, outcome);
    assert.equal(admission!.status.code, isError ? 2 : 0, outcome);
    assert.equal(server!.attributes["error.type"], outcome === "failed" ? "document" : error);
    assert.equal(server!.attributes["http.response.status_code"], code);
  }
});

Deno.test("gRPC's names of statuses are those that the gateway sends", () => {
  const names = Object.fromEntries(Object.entries(status).map(([name, code]) => [code, name]));
  for (const [kind, name] of Object.entries(RPC_STATUS)) {
    assert.equal(names[grpcStatus(new ClipError(kind as ErrorKind, ""))], name, kind);
  }
});

Deno.test("Samplers do as their names say, with and without a parent", () => {
  const sampledBy = (sampler: SamplerName, traceparent: string | undefined) =>
    tracing({ sampler, ratio: 0 }).observer.arrived("http", headers(traceparent)).trace !==
      undefined;
  const expected: Record<SamplerName, [boolean, boolean, boolean]> = {
    always_on: [true, true, true],
    always_off: [false, false, false],
    traceidratio: [false, false, false],
    parentbased_always_on: [true, true, false],
    parentbased_always_off: [false, true, false],
    parentbased_traceidratio: [false, true, false],
  };
  for (const sampler of SAMPLERS) {
    const got = [undefined, SAMPLED, UNSAMPLED].map((header) => sampledBy(sampler, header));
    assert.deepEqual(got, expected[sampler], sampler);
  }
});

Deno.test("A tenth of the traces is a tenth of the requests", () => {
  const { observer } = tracing({ sampler: "traceidratio", ratio: 0.1 });
  let sampled = 0;
  for (let i = 0; i < 10_000; i++) if (observer.arrived("http").trace) sampled++;
  assert.ok(sampled > 850 && sampled < 1150, `${sampled}`);
});

Deno.test("Malformed headers are ignored, whatever they hold", () => {
  const { observer } = tracing();
  const malformed = [
    "",
    "x",
    SAMPLED.toUpperCase(),
    SAMPLED.slice(1),
    `ff-${SAMPLED.slice(3)}`,
    `00-${"0".repeat(32)}-b7ad6b7169203331-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `${SAMPLED}-more`,
    `01-${SAMPLED.slice(3)}-${"a".repeat(1_000_000)}`,
  ];
  for (const header of malformed) {
    assert.notEqual(observer.arrived("http", headers(header)).context?.traceId, TRACE, header);
  }
  const later = `cc-${SAMPLED.slice(3)}-what-will-be`;
  assert.equal(observer.arrived("http", headers(later)).context?.traceId, TRACE);
  const closed = tracing({ propagate: false }).observer;
  assert.notEqual(closed.arrived("http", headers(SAMPLED)).context?.traceId, TRACE);
});

Deno.test("The log at DEBUG and the trace hear of the same items, and lines have the trace's id", () => {
  const lines = new LogLines("DEBUG");
  const { observer } = tracing();
  const both = observeBoth(observer, requestLog(lines.log, { accessLog: true }).observer);
  const watch = both.arrived("http", headers(SAMPLED));
  watch.trace!.encoding("clip", "ViT", 2).item("text");
  watch.trace!.hit();
  watch.answered("ok", 1, 200);
  const [access, debug] = lines.of();
  assert.equal(access!["trace_id"], TRACE);
  assert.equal(debug!["trace_id"], TRACE);
  assert.equal(debug!["texts"], 1);
  assert.equal(debug!["cached"], 1);

  const unsampled = both.arrived("http", headers(UNSAMPLED));
  unsampled.trace!.item("text");
  unsampled.answered("ok", 1, 200);
  assert.equal(lines.of().at(-1)!["trace_id"], TRACE);
  assert.equal(lines.of().at(-1)!["texts"], 1);
});

Deno.test("Spans are bounded in number, whatever happens to a request", () => {
  const { observer, spans } = tracing();
  const watch = observer.arrived("http", headers(SAMPLED));
  for (let i = 0; i < 1000; i++) watch.trace!.stage("index", performance.now());
  for (let i = 0; i < 1000; i++) {
    const encoding = watch.trace!.encoding("clip", "ViT", 1);
    for (let j = 0; j < 100; j++) encoding.stage("fetch", performance.now());
    encoding.encoded();
  }
  watch.answered("ok", 0, 200);
  assert.ok(spans().length < 700, `${spans().length}`);
});

Deno.test("WallClock finds the time of day between its milliseconds, and follows when it is set", () => {
  let now = 0;
  let day = 1_000_000.7;
  const clock = new WallClock(() => now, () => Math.floor(day));
  let offset = 0;
  for (let i = 0; i < 100; i++) {
    now += 0.13;
    day += 0.13;
    offset = clock.offset();
  }
  assert.ok(Math.abs(now + offset - day) < 0.14, `${now + offset - day}`);
  day -= 5000;
  assert.ok(Math.abs(now + clock.offset() - day) < 1);
});
