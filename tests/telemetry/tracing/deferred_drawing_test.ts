import assert from "node:assert/strict";
import { defaultResource } from "@opentelemetry/resources";
import { AlwaysOnSampler, type ReadableSpan } from "@opentelemetry/sdk-trace";
import { DEFAULT_LIMITS } from "../../../src/telemetry/tracing/attribute_limits.ts";
import { DeferredDrawing } from "../../../src/telemetry/tracing/deferred_drawing.ts";
import { tracedRequests } from "../../../src/telemetry/tracing/traced_requests.ts";
import { untilSo } from "../../support/until.ts";

function setUp() {
  const spans: ReadableSpan[] = [];
  const processor = { onEnd: (span: ReadableSpan) => void spans.push(span) };
  const drawing = new DeferredDrawing({
    processor,
    resource: defaultResource(),
    limits: DEFAULT_LIMITS,
  });
  const observer = tracedRequests({
    sampler: new AlwaysOnSampler(),
    ended: (record, request) => drawing.add(record, request),
    propagate: true,
  });
  const request = () => observer.arrived("http").answered("ok", 0, 200);
  return { spans, drawing, request };
}

Deno.test("Requests are drawn together, in their order, with their own times", () => {
  const { spans, drawing, request } = setUp();
  request();
  assert.equal(spans.length, 0);
  for (let i = 1; i < 64; i++) request();
  assert.equal(spans.length, 64);
  const began = spans.map(({ startTime: [seconds, nanos] }) => seconds * 1e9 + nanos);
  assert.deepEqual(began, began.toSorted((a, b) => a - b));
  request();
  drawing.flush();
  assert.equal(spans.length, 65);
});

Deno.test("A request that comes alone is drawn soon", async () => {
  const { spans, request } = setUp();
  request();
  await untilSo(() => spans.length === 1);
});
