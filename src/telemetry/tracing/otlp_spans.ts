/**
 * Spans as OTLP's ExportTraceServiceRequest (opentelemetry-proto@1.7, collector/trace/v1), byte for
 * byte as `@opentelemetry/otlp-transformer@0.301.0` writes it. That makes two arrays for each id, and
 * goes over each message twice: in Deno it takes longer than all else of tracing together.
 */
import type { Attributes, AttributeValue } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { OtlpWriter } from "./otlp_writer.ts";

/** Bytes of a span as a rule; more is found room for. */
const SPAN_BYTES = 256;

/** Wire types of protobuf. */
const VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5;

const field = (number: number, type: number): number => number << 3 | type;

const REQUEST_RESOURCE_SPANS = field(1, LENGTH);
const RESOURCE_SPANS_RESOURCE = field(1, LENGTH);
const RESOURCE_SPANS_SCOPE_SPANS = field(2, LENGTH);
const RESOURCE_ATTRIBUTES = field(1, LENGTH);
const RESOURCE_DROPPED = field(2, VARINT);
const SCOPE_SPANS_SCOPE = field(1, LENGTH);
const SCOPE_SPANS_SPAN = field(2, LENGTH);
const SCOPE_NAME = field(1, LENGTH);
const SCOPE_VERSION = field(2, LENGTH);
const SPAN_TRACE_ID = field(1, LENGTH);
const SPAN_SPAN_ID = field(2, LENGTH);
const SPAN_TRACE_STATE = field(3, LENGTH);
const SPAN_PARENT = field(4, LENGTH);
const SPAN_NAME = field(5, LENGTH);
const SPAN_KIND = field(6, VARINT);
const SPAN_START = field(7, FIXED64);
const SPAN_END = field(8, FIXED64);
const SPAN_ATTRIBUTES = field(9, LENGTH);
const SPAN_DROPPED_ATTRIBUTES = field(10, VARINT);
const SPAN_DROPPED_EVENTS = field(12, VARINT);
const SPAN_DROPPED_LINKS = field(14, VARINT);
const SPAN_STATUS = field(15, LENGTH);
const SPAN_FLAGS = field(16, FIXED32);
const STATUS_MESSAGE = field(2, LENGTH);
const STATUS_CODE = field(3, VARINT);
const KEY = field(1, LENGTH);
const VALUE = field(2, LENGTH);
const ANY_STRING = field(1, LENGTH);
const ANY_BOOL = field(2, VARINT);
const ANY_INT = field(3, VARINT);
const ANY_DOUBLE = field(4, FIXED64);
const ANY_ARRAY = field(5, LENGTH);
const ARRAY_VALUE = field(1, LENGTH);

/** Whole numbers from here on have no place in 64 bits. */
const TWO_63 = 2 ** 63;

/** Of `SpanFlags`: it is known whether the parent is of another process, and that it is. */
const HAS_IS_REMOTE = 0x100, IS_REMOTE = 0x200;

/** @param spans of one process: they have the resource and the scope of the first. */
export function writeSpans(spans: readonly ReadableSpan[]): Uint8Array<ArrayBuffer> {
  const writer = new OtlpWriter(SPAN_BYTES * (spans.length + 2));
  const [first] = spans;
  if (first === undefined) return writer.written;
  const resourceSpans = writer.open(REQUEST_RESOURCE_SPANS);
  const resource = writer.open(RESOURCE_SPANS_RESOURCE);
  writeAttributes(writer, RESOURCE_ATTRIBUTES, first.resource.attributes);
  writer.varint(RESOURCE_DROPPED, 0);
  writer.close(resource);
  const scopeSpans = writer.open(RESOURCE_SPANS_SCOPE_SPANS);
  const scope = writer.open(SCOPE_SPANS_SCOPE);
  writer.string(SCOPE_NAME, first.instrumentationScope.name);
  writer.string(SCOPE_VERSION, first.instrumentationScope.version ?? "");
  writer.close(scope);
  for (const span of spans) writeSpan(writer, span);
  writer.close(scopeSpans);
  writer.close(resourceSpans);
  return writer.written;
}

function writeSpan(writer: OtlpWriter, span: ReadableSpan): void {
  const began = writer.open(SCOPE_SPANS_SPAN);
  const { traceId, spanId, traceState, traceFlags } = span.spanContext();
  const parent = span.parentSpanContext;
  writer.hex(SPAN_TRACE_ID, traceId);
  writer.hex(SPAN_SPAN_ID, spanId);
  const state = traceState?.serialize();
  if (state) writer.string(SPAN_TRACE_STATE, state);
  if (parent !== undefined) writer.hex(SPAN_PARENT, parent.spanId);
  writer.string(SPAN_NAME, span.name);
  // The wire has one more before them: a kind that is not said.
  writer.varint(SPAN_KIND, span.kind + 1);
  writer.time(SPAN_START, span.startTime);
  writer.time(SPAN_END, span.endTime);
  writeAttributes(writer, SPAN_ATTRIBUTES, span.attributes);
  writer.varint(SPAN_DROPPED_ATTRIBUTES, span.droppedAttributesCount);
  writer.varint(SPAN_DROPPED_EVENTS, 0);
  writer.varint(SPAN_DROPPED_LINKS, 0);
  const status = writer.open(SPAN_STATUS);
  if (span.status.message) writer.string(STATUS_MESSAGE, span.status.message);
  writer.varint(STATUS_CODE, span.status.code);
  writer.close(status);
  writer.fixed32(
    SPAN_FLAGS,
    traceFlags & 0xff | HAS_IS_REMOTE | (parent?.isRemote ? IS_REMOTE : 0),
  );
  writer.close(began);
}

function writeAttributes(writer: OtlpWriter, tag: number, attributes: Attributes): void {
  for (const key in attributes) {
    const pair = writer.open(tag);
    writer.string(KEY, key);
    const value = writer.open(VALUE);
    writeValue(writer, attributes[key]);
    writer.close(value);
    writer.close(pair);
  }
}

function writeValue(writer: OtlpWriter, value: AttributeValue | null | undefined): void {
  if (typeof value === "string") writer.string(ANY_STRING, value);
  else if (typeof value === "number") {
    if (Number.isInteger(value) && value >= -TWO_63 && value < TWO_63) {
      writer.varint(ANY_INT, value);
    } else writer.double(ANY_DOUBLE, value);
  } else if (typeof value === "boolean") writer.varint(ANY_BOOL, value ? 1 : 0);
  else if (Array.isArray(value)) {
    const array = writer.open(ANY_ARRAY);
    for (const item of value) {
      const own = writer.open(ARRAY_VALUE);
      writeValue(writer, item);
      writer.close(own);
    }
    writer.close(array);
  }
}
