import assert from "node:assert/strict";
import { context, propagation, type SpanContext, trace, TraceFlags } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { StackContextManager } from "@opentelemetry/sdk-trace";
import { traceContextOf } from "../../client/trace_context.ts";

const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const SPAN: SpanContext = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  traceFlags: TraceFlags.SAMPLED,
};

Deno.test("A call without a trace has none, and one that is given is taken", () => {
  assert.equal(traceContextOf(undefined), undefined);
  const given = { traceparent: TRACEPARENT, tracestate: "a=b" };
  assert.deepEqual(traceContextOf(given), given);
});

Deno.test("What is no trace context is refused before anything is sent", () => {
  const wrong = ["", "x", TRACEPARENT.slice(1), `${TRACEPARENT}\r\nx: y`, `${TRACEPARENT}-é`];
  for (const traceparent of wrong) {
    assert.throws(() => traceContextOf({ traceparent }), /expected a traceparent like 00-0af/);
  }
  assert.throws(() => traceContextOf({ traceparent: TRACEPARENT, tracestate: "a\nb" }), {
    kind: "usage",
  });
});

Deno.test("The span that is active in OpenTelemetry is taken where the program has set that up", () => {
  context.setGlobalContextManager(new StackContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  try {
    assert.equal(traceContextOf(undefined), undefined);
    const active = trace.setSpan(context.active(), trace.wrapSpanContext(SPAN));
    const found = context.with(active, () => traceContextOf(undefined));
    assert.deepEqual(found, { traceparent: TRACEPARENT });
    const other = { traceparent: TRACEPARENT.replace("01", "00") };
    assert.deepEqual(context.with(active, () => traceContextOf(other)), other);
  } finally {
    propagation.disable();
    context.disable();
  }
});

Deno.test("A propagator that throws costs no call", () => {
  context.setGlobalContextManager(new StackContextManager().enable());
  propagation.setGlobalPropagator({
    inject: () => {
      throw new Error("broken");
    },
    extract: (context) => context,
    fields: () => [],
  });
  try {
    assert.equal(traceContextOf(undefined), undefined);
  } finally {
    propagation.disable();
    context.disable();
  }
});
