/** Large bodies are read another way than small ones: what comes out must be the same. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  BodyValidationError,
  RequestDecodeError,
} from "../../../../src/dialects/jina/document/request_error.ts";
import { readRequestJson } from "../../../../src/dialects/jina/json/request.ts";
import { Slices } from "../../../../src/encoding/slices.ts";
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
  fc.assert(fc.property(written, assertSame), { numRuns: 600, seed: 21 });
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
    numRuns: 1500,
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
    { numRuns: 300, seed: 23 },
  );
});

Deno.test("a list of large and small documents is read in its order, large ones field by field", () => {
  const large = "x".repeat(70_000);
  const numbers = Array.from({ length: 20_000 }, (_, i) => [i % 7 / 3, -i, i * 1e10]);
  const docs = [
    { id: "a", text: "small" },
    { id: "b", text: large, tags: { large, list: numbers } },
    { id: "c", blob: btoa(large), matches: [{ text: "m" }, { text: large }, { text: "n" }] },
    { tensor: numbers },
    {
      embedding: numbers.flat().map((n) => n > 10 ? 10 : n),
      scores: { s: { value: 1, op_name: large } },
    },
    ...Array.from({ length: 10_000 }, (_, i) => ({ id: `${i}` })),
  ];
  assertSame(JSON.stringify({ data: docs, parameters: { large, a: 1 }, other: large }));
  assertSame(JSON.stringify({ data: { docs } }, null, 1));
  assertSame(JSON.stringify({ data: [...docs, { text: 5 }, { blob: "A" }, 7] }));
  assertSame(
    JSON.stringify({
      data: [{ text: large, weight: "x", chunks: [1], scores: { a: 1, b: large } }],
    }),
  );
});

Deno.test("a large body that holds too much is refused at the first excess", () => {
  const limits = { maxDocuments: 1000, maxValues: 1000 };
  const many = (unit: string) => `${`${unit},`.repeat(200_000)}${unit}`;
  const cases: [body: string, key: string][] = [
    [`{"data":[${many("{}")}]}`, "max_documents"],
    [`{"data":[${many("5")}]}`, "max_documents"],
    [`{"data":[{"chunks":[${many("{}")}]}]}`, "max_documents"],
    [`{"data":[{"matches":[{"matches":[${many("{}")}]}]}]}`, "max_documents"],
    [`{"data":[{"tags":{"a":[${many("1")}]}}]}`, "max_values"],
    [`{"data":[{"location":[${many("1")}]}]}`, "max_values"],
    [`{"data":[{"scores":{${many('"a":{}')}}}]}`, "max_values"],
    [`{"parameters":{"a":[${many("{}")}]}}`, "max_values"],
  ];
  for (const [body, key] of cases) {
    // Broken at its end, which nobody sees.
    assert.throws(() => readNow(body + "!", { limits }), (error: unknown) => {
      assert.ok(error instanceof RequestDecodeError, String(error));
      assert.equal(error.kind, "too_large");
      assert.ok(error.message.includes(`'${key}'`), error.message);
      return true;
    }, body.slice(0, 40));
  }
  // Small bodies are counted before documents are made of them.
  assert.throws(() => readNow(`{"data":[${"{},".repeat(1000)}{}]}`, { limits }), /max_documents/);
});

Deno.test("a body ten times as long pauses about ten times as often", () => {
  // Counted by work, not by time.
  const pauses = (bytes: number) => {
    const body = new TextEncoder().encode(
      `{"data":[{"text":"${"x".repeat(bytes)}"}],"other":[${"[],".repeat(bytes / 3)}1]}`,
    );
    const slices = new Slices();
    let count = 0;
    let looked = 0;
    slices.spent = (units) => (looked += units) > 1 << 18 && (looked = 0) === 0;
    const work = readRequestJson(body, {}, slices);
    while (!work.next().done) count++;
    return count;
  };
  const [short, long] = [pauses(1_000_000), pauses(10_000_000)];
  assert.ok(short >= 5 && long > short * 7 && long < short * 13, `${short} and ${long}`);
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
