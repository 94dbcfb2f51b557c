/** Large bodies are read another way than small ones: what comes out must be the same. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { BodyValidationError } from "../../../../src/dialects/jina/document/request_error.ts";
import { readNow } from "./read_request.ts";

/** What a body comes to: a request without what is made up, or its faults. */
function read(body: Uint8Array, parsedAtOnceBytes: number): unknown {
  try {
    const request = readNow(body, { parsedAtOnceBytes, keepRequestId: true });
    return JSON.parse(JSON.stringify(request, (key, value) => {
      if (value instanceof Uint8Array) return [...value];
      if (
        (key === "id" || key === "requestId" || key === "parentId") && /^[0-9a-f]{32}$/.test(value)
      ) {
        return "made up";
      }
      if (Object.is(value, -0)) return "-0";
      return value;
    }));
  } catch (error) {
    assert.ok(error instanceof BodyValidationError, String((error as Error).stack));
    return error.detail;
  }
}

function assertSame(text: string | Uint8Array): void {
  const body = typeof text === "string" ? new TextEncoder().encode(text) : text;
  assert.deepEqual(read(body, -1), read(body, Infinity), new TextDecoder().decode(body));
}

const text = fc.string({ unit: "grapheme", maxLength: 20 });
const word = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    1,
    -0,
    0.1,
    1e300,
    "",
    "a",
    [],
    {},
    [[]],
    256,
    -1,
    1e21,
    123456789012345680,
  ),
  text,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const numbers = fc.oneof(
  fc.array(fc.nat(255)),
  fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })),
  fc.array(fc.boolean()),
  fc.array(fc.array(fc.integer({ min: -300, max: 300 }), { minLength: 2, maxLength: 2 })),
  fc.array(
    fc.array(fc.oneof(fc.nat(3), word, fc.array(word, { maxLength: 2 })), { maxLength: 2 }),
    { maxLength: 3 },
  ),
);
const base64 = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => bytes.toBase64()),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => bytes.toBase64({ alphabet: "base64url" })),
  fc.string({ unit: fc.constantFrom(..."AB=/+- é!"), maxLength: 12 }),
);
const score = fc.record({ value: word, op_name: word, ref_id: text }, { requiredKeys: [] });
function documentOf(levels: number): fc.Arbitrary<unknown> {
  const children = levels === 0
    ? fc.constant([])
    : fc.array(documentOf(levels - 1), { maxLength: 2 });
  return fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        id: fc.oneof(text, fc.nat()),
        text,
        blob: base64,
        tensor: numbers,
        embedding: numbers,
        uri: text,
        weight: fc.oneof(fc.float({ noNaN: true, noDefaultInfinity: true }), word),
        granularity: fc.oneof(fc.nat(), word),
        tags: fc.oneof(fc.dictionary(text, fc.jsonValue()), word),
        location: fc.array(fc.oneof(fc.nat(), word), { maxLength: 3 }),
        scores: fc.dictionary(text, fc.oneof(score, word)),
        other: fc.jsonValue(),
        chunks: fc.oneof(children, word),
        matches: children,
      }, { requiredKeys: [] }),
    },
    word,
  );
}
const documents = fc.array(documentOf(2), { maxLength: 4 });
const bodyOf = fc.oneof(
  fc.record({
    header: fc.oneof(fc.record({ request_id: text }), word),
    execEndpoint: fc.oneof(text, word),
    target_executor: fc.oneof(text, word),
    parameters: fc.oneof(fc.dictionary(text, fc.jsonValue()), word),
    data: fc.oneof(
      documents,
      fc.record({ docs: documents, more: word }),
      fc.record({ docs: word }),
      word,
    ),
    more: fc.jsonValue(),
  }, { requiredKeys: [] }),
  word,
);
const written = fc.tuple(bodyOf, fc.constantFrom(undefined, 1, "\r\n \t"), fc.boolean()).map(
  ([body, space, escaped]) => {
    const json = JSON.stringify(body, null, space);
    return escaped ? json.replaceAll("/", "\\/").replaceAll("a", "\\u0061") : json;
  },
);

Deno.test("a large body comes to what a small one comes to", () => {
  fc.assert(fc.property(written, assertSame), { numRuns: 3000, seed: 21 });
});

Deno.test("a damaged large body has the fault that a small one has", () => {
  const damaged = fc.tuple(
    written,
    fc.nat(),
    fc.nat(4),
    fc.constantFrom(
      "",
      '"',
      "}",
      "]",
      ",",
      "[",
      "{",
      "\\",
      "1",
      "\n",
      "e",
      "\u0000",
      "é",
      "😀",
      ":",
      "t",
    ),
  )
    .map(([json, at, removed, put]) => {
      const from = at % (json.length + 1);
      return json.slice(0, from) + put + json.slice(from + removed);
    });
  fc.assert(fc.property(damaged, (json) => assertSame(json.toWellFormed())), {
    numRuns: 5000,
    seed: 22,
  });
});

Deno.test("broken UTF-8 is found in a large body as in a small one", () => {
  fc.assert(
    fc.property(written, fc.nat(), fc.nat(255), (json, at, byte) => {
      const body = new TextEncoder().encode(json);
      body[at % body.length] = byte;
      assertSame(body);
    }),
    { numRuns: 1000, seed: 23 },
  );
});

Deno.test("of a key that is there twice the last value counts, in large bodies too", () => {
  for (
    const body of [
      '{"data":[{"text":"a"}],"data":[{"text":"b"}]}',
      '{"data":[{"text":1}],"data":[{"text":"b"}]}',
      '{"data":[{"text":"a"}],"data":null}',
      '{"data":[{"text":"a","blob":"AQ==","text":"b"}]}',
      '{"data":[{"blob":"A","blob":"AQ=="}]}',
      '{"data":{"docs":[{"text":"a"}],"docs":5}}',
      '\ufeff{"data":[{"text":"a"}]}',
      '{"__proto__":{"data":[]},"data":[{"tags":{"__proto__":1}}]}',
    ]
  ) {
    assertSame(body);
  }
});
