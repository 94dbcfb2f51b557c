/** Spans out of OTLP's JSON, as tests look at them. */
import assert from "node:assert/strict";

interface Value {
  stringValue?: string;
  intValue?: string;
  doubleValue?: number;
  boolValue?: boolean;
  arrayValue?: { values?: Value[] };
}
interface Attribute {
  key: string;
  value: Value;
}
interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  traceState?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: Attribute[];
  status?: { code?: number; message?: string };
}

/** What an exporter sends (`ExportTraceServiceRequest`). */
export interface OtlpTraces {
  resourceSpans: {
    resource?: { attributes?: Attribute[] };
    scopeSpans: { spans: OtlpSpan[] }[];
  }[];
}

/** A value of an attribute. */
export type Plain = string | number | boolean | undefined | Plain[];

/** One span. */
export interface Span {
  traceId: string;
  spanId: string;
  /** Empty for none. */
  parent: string;
  traceState: string;
  name: string;
  /** 1 internal, 2 server. */
  kind: number;
  /** Nanoseconds since 1970. */
  began: bigint;
  ended: bigint;
  attributes: Record<string, Plain>;
  /** 0 unset, 2 error. */
  status: number;
  resource: Record<string, Plain>;
}

/** All of them. */
export function spansOf({ resourceSpans }: OtlpTraces): Span[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        parent: span.parentSpanId ?? "",
        traceState: span.traceState ?? "",
        name: span.name,
        kind: span.kind,
        began: BigInt(span.startTimeUnixNano),
        ended: BigInt(span.endTimeUnixNano),
        attributes: record(span.attributes),
        status: span.status?.code ?? 0,
        resource: record(resource?.attributes),
      }))
    )
  );
}

/** The only one of a name. */
export function only(spans: readonly Span[], name: string): Span {
  const found = spans.filter((span) => span.name === name);
  assert.equal(found.length, 1, `${name} in ${spans.map((span) => span.name)}`);
  return found[0]!;
}

/** That every span whose parent is there too lies within it. */
export function assertNested(spans: readonly Span[]): void {
  for (const span of spans) {
    assert.ok(span.began <= span.ended, `${span.name} ends before it begins`);
    const parent = spans.find(({ spanId }) => spanId === span.parent);
    if (!parent) continue;
    assert.ok(span.began >= parent.began, `${span.name} begins before ${parent.name}`);
    assert.ok(span.ended <= parent.ended, `${span.name} ends after ${parent.name}`);
  }
}

function record(attributes: Attribute[] = []): Record<string, Plain> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)]));
}

function plain(value: Value): Plain {
  if (value.arrayValue) return (value.arrayValue.values ?? []).map(plain);
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.doubleValue ?? value.boolValue;
}
