/** Draws the spans of one request, and hands each on. */
import { type Attributes, type SpanContext, SpanKind, SpanStatusCode } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import type { SpanProcessor } from "@opentelemetry/sdk-trace";
import { type AttributeLimits, bounded } from "./attribute_limits.ts";
import { DrawnSpan } from "./drawn_span.ts";
import type { Interval } from "./engine_course.ts";
import { newSpanId } from "./ids.ts";

/** Where spans go, and whose they are. */
export interface SpanTarget {
  /** Is told of spans that have ended only. */
  processor: Pick<SpanProcessor, "onEnd">;
  resource: Resource;
  limits: AttributeLimits;
}

const UNSET = { code: SpanStatusCode.UNSET };

/** The pen. */
export class SpanPen {
  readonly #target: SpanTarget;
  readonly #offset: number;

  /** @param offset from milliseconds of `performance.now()` to those since 1970. */
  constructor(target: SpanTarget, offset: number) {
    this.#target = target;
    this.#offset = offset;
  }

  /**
   * A span inside the request, drawn within its parent's bounds.
   * @param fault for which the server is to blame.
   * @returns the parent of those inside it.
   */
  inside(
    name: string,
    parent: SpanContext,
    bounds: Interval,
    { began, ended }: Interval,
    attributes: Attributes,
    fault?: string,
  ): SpanContext {
    // An item that was under way for somebody else already began before its request.
    const from = Math.min(Math.max(began, bounds.began), bounds.ended);
    const to = Math.max(from, Math.min(ended, bounds.ended));
    const { traceId, traceFlags, traceState } = parent;
    const own: SpanContext = { traceId, spanId: newSpanId(), traceFlags };
    if (traceState !== undefined) own.traceState = traceState;
    const kind = SpanKind.INTERNAL;
    this.#draw(name, kind, own, parent, { began: from, ended: to }, attributes, fault);
    return own;
  }

  /** The request's own. */
  server(
    name: string,
    own: SpanContext,
    parent: SpanContext | undefined,
    interval: Interval,
    attributes: Attributes,
    fault?: string,
  ): void {
    this.#draw(name, SpanKind.SERVER, own, parent, interval, attributes, fault);
  }

  #draw(
    name: string,
    kind: SpanKind,
    own: SpanContext,
    parent: SpanContext | undefined,
    interval: Interval,
    attributes: Attributes,
    fault: string | undefined,
  ): void {
    const { processor, resource, limits } = this.#target;
    processor.onEnd(
      new DrawnSpan({
        name,
        kind,
        own,
        parent,
        began: interval.began + this.#offset,
        ended: interval.ended + this.#offset,
        ...bounded(attributes, limits),
        status: fault === undefined ? UNSET : { code: SpanStatusCode.ERROR, message: fault },
        resource,
      }),
    );
  }
}
