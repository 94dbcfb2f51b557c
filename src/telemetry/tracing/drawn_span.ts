/**
 * A span that has ended already, as exporters of OpenTelemetry read it. The SDK's own are for spans that
 * live: each looks at two clocks, copies its context and checks each attribute, which costs more than
 * all else that a sampled request is traced with.
 */
import type {
  Attributes,
  HrTime,
  Link,
  SpanContext,
  SpanKind,
  SpanStatus,
} from "@opentelemetry/api";
import { hrTimeDuration, type InstrumentationScope, millisToHrTime } from "@opentelemetry/core";
import type { Resource } from "@opentelemetry/resources";
import type { ReadableSpan, TimedEvent } from "@opentelemetry/sdk-trace";
import { VERSION } from "../../version.ts";

/** The scope of all spans. */
const SCOPE: InstrumentationScope = { name: "clipline", version: VERSION };

const NO_LINKS: Link[] = [];
const NO_EVENTS: TimedEvent[] = [];

/** What a span is about. */
export interface SpanParts {
  name: string;
  kind: SpanKind;
  own: SpanContext;
  /** Undefined of a trace's first span. */
  parent: SpanContext | undefined;
  /** Milliseconds since 1970. */
  began: number;
  ended: number;
  attributes: Attributes;
  /** Attributes that there was no room for. */
  dropped: number;
  status: SpanStatus;
  /** One object for all spans: exporters group them by it. */
  resource: Resource;
}

/** Such a span. */
export class DrawnSpan implements ReadableSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly parentSpanContext?: SpanContext;
  readonly attributes: Attributes;
  readonly droppedAttributesCount: number;
  readonly status: SpanStatus;
  readonly resource: Resource;
  readonly #own: SpanContext;
  // Made into what exporters read when they do: spans wait in a queue, and each array with them.
  readonly #began: number;
  readonly #ended: number;

  constructor(parts: SpanParts) {
    const { name, kind, own, parent, began, ended, attributes, dropped, status, resource } = parts;
    this.name = name;
    this.kind = kind;
    this.#own = own;
    if (parent !== undefined) this.parentSpanContext = parent;
    this.#began = began;
    this.#ended = ended;
    this.attributes = attributes;
    this.droppedAttributesCount = dropped;
    this.status = status;
    this.resource = resource;
  }

  spanContext(): SpanContext {
    return this.#own;
  }

  get startTime(): HrTime {
    return millisToHrTime(this.#began);
  }

  get endTime(): HrTime {
    return millisToHrTime(this.#ended);
  }

  get duration(): HrTime {
    return hrTimeDuration(this.startTime, this.endTime);
  }

  get ended(): boolean {
    return true;
  }

  get instrumentationScope(): InstrumentationScope {
    return SCOPE;
  }

  get links(): Link[] {
    return NO_LINKS;
  }

  get events(): TimedEvent[] {
    return NO_EVENTS;
  }

  get droppedEventsCount(): number {
    return 0;
  }

  get droppedLinksCount(): number {
    return 0;
  }
}
