/** Generated documents and requests, for property tests of the codecs. */
import fc from "fast-check";
import type {
  Document,
  JsonValue,
  NamedScore,
  NdArray,
} from "../../../src/dialects/jina/document/document.ts";
import type { DataResponse, Route, Status } from "../../../src/dialects/jina/document/request.ts";

/** Well-formed text, also outside ASCII and the basic plane. */
export const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.string({ minLength: 30, maxLength: 300 }),
  fc.constant(""),
);
const id = fc.stringMatching(/^[0-9a-zé]{1,40}$/);
// Fields without presence never hold their default value: protobufjs would leave it out.
const filled = text.filter((value) => value !== "");
const float = fc.float({ noNaN: true }).filter((value) => value !== 0);
const uint = fc.integer({ min: 1, max: 0xffffffff });
const bytes = fc.uint8Array({ maxLength: 200 });

/** What a `Struct` may hold. */
export const jsonObject = fc.dictionary(
  fc.string({ unit: "grapheme", maxLength: 8 }).filter((key) => key !== "__proto__"),
  fc.jsonValue({ maxDepth: 3, stringUnit: "grapheme" }) as fc.Arbitrary<JsonValue>,
  { maxKeys: 4, noNullPrototype: true },
);

/** Dense arrays; shape, dtype and bytes need not agree: a codec does not look. */
export const ndArray: fc.Arbitrary<NdArray> = fc.record({
  buffer: bytes,
  shape: fc.array(uint, { maxLength: 4 }),
  dtype: fc.constantFrom("<f4", "|u1", ">f8", "float32"),
  clsName: fc.constantFrom("numpy", "torch", "list"),
}, { noNullPrototype: true });

const scores = fc.dictionary(
  fc.string({ maxLength: 8 }).filter((key) => key !== "__proto__"),
  fc.record({ value: float, opName: filled, description: filled, refId: filled }, {
    requiredKeys: [],
    noNullPrototype: true,
  }) as fc.Arbitrary<NamedScore>,
  { minKeys: 1, maxKeys: 3, noNullPrototype: true },
);

function documents(levels: number): fc.Arbitrary<Document> {
  const fields: Record<string, fc.Arbitrary<unknown>> = {
    id,
    granularity: uint,
    adjacency: uint,
    parentId: id,
    weight: float,
    uri: filled,
    modality: filled,
    mimeType: filled,
    offset: float,
    location: fc.array(float, { minLength: 1, maxLength: 4 }),
    embedding: ndArray,
    tags: jsonObject,
    scores,
    evaluations: scores,
  };
  if (levels > 0) {
    const children = fc.array(documents(levels - 1), { minLength: 1, maxLength: 2 });
    fields["chunks"] = children;
    fields["matches"] = children;
  }
  return fc.tuple(
    fc.record(fields, { requiredKeys: ["id"], noNullPrototype: true }),
    fc.oneof(
      fc.constant({}),
      fc.record({ text }),
      fc.record({ blob: bytes }),
      fc.record({ tensor: ndArray }),
    ),
  ).map(([rest, content]) => ({ ...rest, ...content }) as Document);
}

/** Documents with any fields set, nested up to two levels. */
export const document: fc.Arbitrary<Document> = documents(2);

const status: fc.Arbitrary<Status> = fc.record({
  code: fc.constantFrom(0 as const, 1 as const),
  description: text,
  exception: fc.record({
    name: text,
    args: fc.array(text, { maxLength: 2 }),
    stacks: fc.array(text, { maxLength: 2 }),
    executor: text,
  }, { noNullPrototype: true }),
}, { requiredKeys: ["code", "description"], noNullPrototype: true });

/** Whole milliseconds between 1970 and 2100: every codec holds them exactly. */
const time = fc.integer({ min: 0, max: 4_102_444_800_000 });

const route = fc.record({ executor: text, startTime: time, endTime: time, status }, {
  requiredKeys: ["executor", "startTime"],
  noNullPrototype: true,
}) as fc.Arbitrary<Route>;

/** Whole responses. */
export const response: fc.Arbitrary<DataResponse> = fc.record({
  requestId: id,
  execEndpoint: text,
  timeout: uint,
  parameters: jsonObject,
  docs: fc.array(document, { maxLength: 3 }),
  routes: fc.array(route, { maxLength: 3 }),
  status,
}, {
  requiredKeys: ["requestId", "execEndpoint", "parameters", "docs", "routes"],
  noNullPrototype: true,
}) as fc.Arbitrary<DataResponse>;
