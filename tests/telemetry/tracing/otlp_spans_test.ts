/** What is sent is what OpenTelemetry's own serializer writes. */
import assert from "node:assert/strict";
import type { AttributeValue, SpanContext } from "@opentelemetry/api";
import { TraceState } from "@opentelemetry/core";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { type Resource, resourceFromAttributes } from "@opentelemetry/resources";
import * as fc from "fast-check";
import { DrawnSpan } from "../../../src/telemetry/tracing/drawn_span.ts";
import { writeSpans } from "../../../src/telemetry/tracing/otlp_spans.ts";

/** Lengths at which a length needs a byte more are among them, and what is no character. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.constantFrom(
    "",
    "a".repeat(127),
    "b".repeat(128),
    "é".repeat(64),
    "\ud800",
    "日".repeat(6000),
  ),
);

const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.constantFrom(0, -0, 1e18, -1e18, 2 ** 31, 2 ** 32, 2 ** 63, -(2 ** 63), NaN, Infinity),
);

const value: fc.Arbitrary<AttributeValue | undefined> = fc.oneof(
  text,
  number,
  fc.boolean(),
  fc.array(number, { maxLength: 70 }),
  fc.array(text, { maxLength: 3 }),
  fc.constant(undefined),
);

const attributes = fc.dictionary(text, value, { maxKeys: 12 });

const digits = (length: number) =>
  fc.stringMatching(new RegExp(`^[0-9a-fA-F]{${length}}$`)).filter((id) => /[^0]/.test(id));

const context: fc.Arbitrary<SpanContext> = fc.record({
  traceId: digits(32),
  spanId: digits(16),
  traceFlags: fc.nat(255),
  isRemote: fc.option(fc.boolean(), { nil: undefined }),
  traceState: fc.constantFrom(undefined, new TraceState("a=b,c=d"), new TraceState("")),
}).map(({ isRemote, traceState, ...known }) => ({
  ...known,
  ...(isRemote === undefined ? {} : { isRemote }),
  ...(traceState === undefined ? {} : { traceState }),
}));

/** Milliseconds since 1970, until the year 2100. */
const time = fc.double({ min: 0, max: 4.1e12, noNaN: true });

const spanOf = (resource: Resource): fc.Arbitrary<DrawnSpan> =>
  fc.record({
    name: text,
    kind: fc.integer({ min: 0, max: 4 }),
    own: context,
    parent: fc.option(context, { nil: undefined }),
    began: time,
    ended: time,
    attributes,
    dropped: fc.nat(1000),
    status: fc.record({ code: fc.integer({ min: 0, max: 2 }), message: text }),
  }).map((parts) => new DrawnSpan({ ...parts, resource }));

const spans = attributes.chain((of) =>
  fc.array(spanOf(resourceFromAttributes(of)), { minLength: 1, maxLength: 8 })
);

Deno.test("Spans are written byte for byte as OpenTelemetry's own serializer has them", () => {
  fc.assert(
    fc.property(spans, (drawn) => {
      assert.deepEqual(
        writeSpans(drawn),
        new Uint8Array(ProtobufTraceSerializer.serializeRequest(drawn)!),
      );
    }),
    { numRuns: 300, seed: 1 },
  );
});

Deno.test("No spans are an empty message", () => {
  assert.equal(writeSpans([]).length, 0);
});
