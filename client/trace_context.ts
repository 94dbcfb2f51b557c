/** Which trace a call belongs to, by W3C Trace Context (https://www.w3.org/TR/trace-context/). */
import { ClipClientError } from "./errors.ts";

/** Its headers. */
export interface TraceContext {
  /** As `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. */
  traceparent: string;
  tracestate?: string;
}

const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}(-[\x21-\x7e]*)?$/;
const TRACESTATE = /^[\x20-\x7e]{0,512}$/;

/** What @opentelemetry/api (1.x) leaves where every copy of it looks; this is no copy. */
interface OpenTelemetryGlobals {
  context?: { active(): unknown };
  propagation?: {
    inject(
      context: unknown,
      carrier: Record<string, string>,
      setter: { set(carrier: Record<string, string>, name: string, value: string): void },
    ): void;
  };
}
const GLOBALS = Symbol.for("opentelemetry.js.api.1");

/**
 * The trace of a call: as it is given, else the span that is active in OpenTelemetry, if the program
 * has set it up. Undefined for none.
 * @throws {ClipClientError} usage: what is given is none.
 */
export function traceContextOf(given: TraceContext | undefined): TraceContext | undefined {
  if (given === undefined) return activeTrace();
  if (TRACEPARENT.test(given.traceparent) && TRACESTATE.test(given.tracestate ?? "")) return given;
  throw new ClipClientError(
    "usage",
    `traceContext is none of W3C Trace Context: expected a traceparent like ` +
      `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01, got '${
        String(given.traceparent).slice(0, 100)
      }'`,
  );
}

/** What its propagators put elsewhere than into these two headers is not sent. */
function activeTrace(): TraceContext | undefined {
  const { context, propagation } = (globalThis as { [GLOBALS]?: OpenTelemetryGlobals })[GLOBALS] ??
    {};
  if (context === undefined || propagation === undefined) return undefined;
  const carrier: Record<string, string> = {};
  try {
    propagation.inject(context.active(), carrier, {
      set: (into, name, value) => into[name] = value,
    });
  } catch {
    // A call does not fail for its being traced.
    return undefined;
  }
  const { traceparent, tracestate } = carrier;
  if (traceparent === undefined || !TRACEPARENT.test(traceparent)) return undefined;
  return { traceparent, ...(tracestate === undefined ? {} : { tracestate }) };
}
