/** An observer that traces: a server span for each request, or message of a stream, and those inside. */
import { type Context, ROOT_CONTEXT, type Span, SpanKind, type Tracer } from "@opentelemetry/api";
import {
  type Caller,
  NO_REQUEST_OBSERVER,
  type Outcome,
  type Protocol,
  type RequestObserver,
  type RequestWatch,
  type TraceContext,
  type TraceParent,
} from "../request_observer.ts";
import { arrivalAttributes, endServerSpan, type ReadRequest, spanName } from "./server_span.ts";
import { drawSpans } from "./request_spans.ts";
import { RequestRecord } from "./request_record.ts";
import { contextOf, traceparentOf } from "./trace_parent.ts";
import { WallClock } from "./wall_clock.ts";

/** How requests are traced. */
export interface TracedRequestsOptions {
  tracer: Tracer;
  /** Whether requests may say where they belong. */
  propagate: boolean;
}

/** The observer. */
export function tracedRequests({ tracer, propagate }: TracedRequestsOptions): RequestObserver {
  const clock = new WallClock();
  return {
    ...NO_REQUEST_OBSERVER,
    arrived: (protocol, caller, since) =>
      new TracedRequest(tracer, clock, propagate, protocol, caller, since),
  };
}

class TracedRequest implements RequestWatch {
  readonly #tracer: Tracer;
  readonly #clock: WallClock;
  readonly #propagate: boolean;
  readonly #protocol: Protocol;
  readonly #caller: Caller | undefined;
  readonly #began: number;
  #span: Span;
  #record: RequestRecord | undefined;
  #read: ReadRequest | undefined;
  #ended = false;

  constructor(
    tracer: Tracer,
    clock: WallClock,
    propagate: boolean,
    protocol: Protocol,
    caller: Caller | undefined,
    since = performance.now(),
  ) {
    this.#tracer = tracer;
    this.#clock = clock;
    this.#propagate = propagate;
    this.#protocol = protocol;
    this.#caller = caller;
    this.#began = since;
    const traceparent = propagate ? caller?.header?.("traceparent") : undefined;
    const sent = traceparent && { traceparent, tracestate: caller!.header!("tracestate") };
    this.#span = this.#start(contextOf(sent || undefined));
  }

  get trace(): RequestRecord | undefined {
    return this.#record;
  }

  get context(): TraceContext {
    return this.#span.spanContext();
  }

  belongs(parent: TraceParent): void {
    if (!this.#propagate || this.#ended) return;
    const context = contextOf(parent);
    if (context === ROOT_CONTEXT) return;
    // The span that was begun is left as it is: what has not ended is sent nowhere.
    const stages = this.#record?.stages ?? [];
    this.#span = this.#start(context);
    this.#record?.stages.push(...stages);
  }

  read(endpoint: string, documents: number, bytes: number): void {
    if (this.#record) this.#read = { at: performance.now(), endpoint, documents, bytes };
  }

  answered(outcome: Outcome, bytes: number, status?: number): void {
    if (this.#ended) return;
    this.#ended = true;
    const record = this.#record;
    if (record === undefined) return;
    const offset = this.#clock.offset();
    const request = {
      began: this.#began,
      ended: performance.now(),
      protocol: this.#protocol,
      read: this.#read,
      outcome,
      bytes,
      status,
    };
    drawSpans(this.#tracer, this.#span, record, request, offset);
    endServerSpan(this.#span, record, request, offset);
  }

  #start(parent: Context): Span {
    const began = this.#began + this.#clock.offset();
    const span = this.#tracer.startSpan(spanName(this.#protocol, this.#caller), {
      kind: SpanKind.SERVER,
      startTime: began,
    }, parent);
    if (span.isRecording()) {
      span.setAttributes(arrivalAttributes(this.#protocol, this.#caller));
      this.#record = new RequestRecord(traceparentOf(span.spanContext()));
    } else this.#record = undefined;
    return span;
  }
}
