/** W3C Trace Context (https://www.w3.org/TR/trace-context/): where a request says that it belongs. */
import type { SpanContext, TraceState as State } from "@opentelemetry/api";
import { parseTraceParent, TraceState } from "@opentelemetry/core";
import type { TraceParent } from "../request_observer.ts";

/** What is longer is none: versions to come may be longer than the first one's 55. */
const MAX_LENGTH = 256;

/**
 * A longer state is dropped: 512 characters are what everybody has to hand on, and what is handed on
 * here, of up to 32 members.
 */
const MAX_STATE_LENGTH = 4096;

/** The span that a request is below: what is malformed counts as none, as the recommendation has it. */
export function parentOf({ traceparent, tracestate }: TraceParent): SpanContext | undefined {
  if (traceparent.length > MAX_LENGTH) return undefined;
  const parent = parseTraceParent(traceparent);
  if (parent === null) return undefined;
  return {
    ...parent,
    isRemote: true,
    ...(tracestate === undefined ? {} : stateOf(tracestate)),
  };
}

function stateOf(text: string): { traceState?: State } {
  if (text === "" || text.length > MAX_STATE_LENGTH) return {};
  return { traceState: new WrittenState(text) };
}

/** All spans of a trace have it, and each exporter asks each of them for the text. */
class WrittenState extends TraceState {
  #text: string | undefined;

  override serialize(): string {
    return this.#text ??= super.serialize();
  }
}

/** The header for those who are asked on behalf of a span. */
export function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${(traceFlags & 1) === 1 ? "01" : "00"}`;
}
