/** An observer that traces: a server span for each request, or message of a stream, and those inside. */
import {
  type Attributes,
  type Link,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  trace,
  TraceFlags,
} from "@opentelemetry/api";
import { type Sampler, SamplingDecision } from "@opentelemetry/sdk-trace";
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
import { newSpanId, newTraceId } from "./ids.ts";
import { RequestRecord } from "./request_record.ts";
import { arrivalAttributes, type EndedRequest, type ReadRequest, spanName } from "./server_span.ts";
import { parentOf } from "./trace_parent.ts";
import { WallClock } from "./wall_clock.ts";

/** How requests are traced. */
export interface TracedRequestsOptions {
  /** Decides by a request's trace alone: it is told neither its name nor its attributes. */
  sampler: Sampler;
  /** Hears of each sampled request when it has ended. */
  ended: (record: RequestRecord, request: EndedRequest) => void;
  /** Whether requests may say where they belong. */
  propagate: boolean;
}

const NO_ATTRIBUTES: Attributes = {};
const NO_LINKS: Link[] = [];

/** The observer. */
export function tracedRequests(options: TracedRequestsOptions): RequestObserver {
  const clock = new WallClock();
  return {
    ...NO_REQUEST_OBSERVER,
    arrived: (protocol, caller, since) =>
      new TracedRequest(options, clock, protocol, caller, since),
  };
}

/** Nothing is made of a request that is not sampled but its trace's id, which decides. */
class TracedRequest implements RequestWatch {
  readonly #options: TracedRequestsOptions;
  readonly #clock: WallClock;
  readonly #protocol: Protocol;
  readonly #caller: Caller | undefined;
  readonly #began: number;
  #parent: SpanContext | undefined;
  #traceId = "";
  /** Empty until somebody asks. */
  #spanId = "";
  #record: RequestRecord | undefined;
  #read: ReadRequest | undefined;
  #ended = false;

  constructor(
    options: TracedRequestsOptions,
    clock: WallClock,
    protocol: Protocol,
    caller: Caller | undefined,
    since = performance.now(),
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#protocol = protocol;
    this.#caller = caller;
    this.#began = since;
    const traceparent = options.propagate ? caller?.header?.("traceparent") : undefined;
    this.#decide(
      traceparent
        ? parentOf({ traceparent, tracestate: caller!.header!("tracestate") })
        : undefined,
    );
  }

  get trace(): RequestRecord | undefined {
    return this.#record;
  }

  get context(): TraceContext {
    return { traceId: this.#traceId, spanId: this.#spanId ||= newSpanId() };
  }

  belongs(sent: TraceParent): void {
    if (!this.#options.propagate || this.#ended) return;
    const parent = parentOf(sent);
    if (parent === undefined) return;
    const stages = this.#record?.stages ?? [];
    this.#decide(parent);
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
    this.#options.ended(record, {
      began: this.#began,
      ended: performance.now(),
      offset: this.#clock.offset(),
      protocol: this.#protocol,
      read: this.#read,
      outcome,
      bytes,
      status,
    });
  }

  /** Whether it is sampled, below a span of its client's or in a trace of its own. */
  #decide(parent: SpanContext | undefined): void {
    this.#parent = parent;
    this.#traceId = parent?.traceId ?? newTraceId();
    const { decision } = this.#options.sampler.shouldSample(
      parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent),
      this.#traceId,
      "",
      SpanKind.SERVER,
      NO_ATTRIBUTES,
      NO_LINKS,
    );
    this.#record = decision === SamplingDecision.RECORD_AND_SAMPLED
      ? this.#begin(parent)
      : undefined;
  }

  /** What is known when it arrives is kept: who has left is not to be asked at the end. */
  #begin(parent: SpanContext | undefined): RequestRecord {
    const own: SpanContext = { ...this.context, traceFlags: TraceFlags.SAMPLED };
    if (parent?.traceState !== undefined) own.traceState = parent.traceState;
    const name = spanName(this.#protocol, this.#caller);
    const attributes = arrivalAttributes(this.#protocol, this.#caller);
    return new RequestRecord({ own, parent, name, attributes });
  }
}
