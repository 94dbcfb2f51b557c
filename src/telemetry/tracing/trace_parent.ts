/** W3C Trace Context (https://www.w3.org/TR/trace-context/): where a request says that it belongs. */
import { type Context, ROOT_CONTEXT, type SpanContext, trace } from "@opentelemetry/api";
import { parseTraceParent, TraceState } from "@opentelemetry/core";
import type { TraceParent } from "../request_observer.ts";

/** What is longer is none: versions to come may be longer than the first one's 55. */
const MAX_LENGTH = 256;

/** The context of a request: what is malformed counts as absent, as the recommendation has it. */
export function contextOf(sent: TraceParent | undefined): Context {
  if (sent === undefined || sent.traceparent.length > MAX_LENGTH) return ROOT_CONTEXT;
  const parent = parseTraceParent(sent.traceparent);
  if (parent === null) return ROOT_CONTEXT;
  const state = sent.tracestate;
  return trace.setSpanContext(ROOT_CONTEXT, {
    ...parent,
    isRemote: true,
    ...(state === undefined || state === "" ? {} : { traceState: new TraceState(state) }),
  });
}

/** The header for those who are asked on behalf of a span. */
export function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${(traceFlags & 1) === 1 ? "01" : "00"}`;
}
