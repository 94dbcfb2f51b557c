import assert from "node:assert/strict";
import fc from "fast-check";
import { readNow, writeNow } from "./read_request.ts";
import { encodeStatusJson } from "../../../../src/dialects/jina/json/response.ts";
import {
  embeddingToNdArray,
  readNumbers,
} from "../../../../src/dialects/jina/document/nd_array.ts";
import {
  BodyValidationError,
  type ValidationDetail,
} from "../../../../src/dialects/jina/document/request_error.ts";
import { encodeRequestProto } from "../../../../src/dialects/jina/proto/request.ts";
import { document, jsonObject } from "../arbitrary_documents.ts";

function detail(body: unknown): ValidationDetail[] {
  try {
    readNow(body);
  } catch (error) {
    assert.ok(error instanceof BodyValidationError, String(error));
    assert.equal(error.kind, "invalid");
    return error.detail;
  }
  assert.fail("the body was accepted");
}

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("both generations of the envelope are read", () => {
  for (
    const body of [
      { data: [{ id: "a", text: "x" }], execEndpoint: "/encode", targetExecutor: "clip" },
      {
        data: { docs: [{ id: "a", text: "x" }] },
        exec_endpoint: "/encode",
        target_executor: "clip",
      },
    ]
  ) {
    for (const form of [body, JSON.stringify(body), bytes(JSON.stringify(body))]) {
      const { requestId, ...request } = readNow(form);
      assert.match(requestId, /^[0-9a-f]{32}$/);
      assert.deepEqual(request, {
        execEndpoint: "/encode",
        targetExecutor: "clip",
        parameters: {},
        docs: [{ id: "a", text: "x" }],
      });
    }
  }
});

Deno.test("no documents, in every way to say so", () => {
  for (const body of [{}, { data: null }, { data: [] }, { data: {} }, { data: { docs: null } }]) {
    const { requestId: _, ...request } = readNow({ parameters: null, ...body });
    assert.deepEqual(request, { execEndpoint: "/", parameters: {}, docs: [] });
  }
});

Deno.test("the request id of the body is kept only where asked for", () => {
  const body = { header: { request_id: "mine" }, data: [] };
  assert.notEqual(readNow(body).requestId, "mine");
  assert.equal(readNow(body, { keepRequestId: true }).requestId, "mine");
  assert.equal(
    readNow({ header: { requestId: "mine" } }, { keepRequestId: true }).requestId,
    "mine",
  );
  assert.match(
    readNow({ header: "x" }, { keepRequestId: true }).requestId,
    /^[0-9a-f]{32}$/,
  );
});

Deno.test("the path names the endpoint if the body does not", () => {
  assert.equal(readNow({}, { execEndpoint: "/search" }).execEndpoint, "/search");
  assert.equal(
    readNow({ execEndpoint: "/rank" }, { execEndpoint: "/x" }).execEndpoint,
    "/rank",
  );
});

Deno.test("every field of a document is read; null is absent; unknown keys are ignored", () => {
  const { docs } = readNow({
    data: [{
      id: 7,
      parent_id: "p",
      granularity: 1,
      adjacency: 2,
      blob: null,
      tensor: null,
      mime_type: "m",
      text: "t",
      weight: 0.5,
      uri: "u",
      tags: { n: 1, deep: { list: [true, null] } },
      offset: 1.5,
      location: [1, 2],
      embedding: [0.5, 1.5],
      modality: "o",
      evaluations: { e: { value: 1 } },
      scores: { s: { value: 2, op_name: "o", description: null, ref_id: "r" } },
      chunks: [{ id: "c" }],
      matches: [{ id: "m" }],
      nonsense: 1,
    }],
  });
  assert.deepEqual(docs, [{
    id: "7",
    parentId: "p",
    granularity: 1,
    adjacency: 2,
    mimeType: "m",
    text: "t",
    weight: 0.5,
    uri: "u",
    tags: { n: 1, deep: { list: [true, null] } },
    offset: 1.5,
    location: [1, 2],
    embedding: {
      buffer: new Uint8Array(new Float64Array([0.5, 1.5]).buffer),
      shape: [2],
      dtype: "<f8",
      clsName: "numpy",
    },
    modality: "o",
    evaluations: { e: { value: 1 } },
    scores: { s: { value: 2, opName: "o", refId: "r" } },
    chunks: [{ id: "c", parentId: "7", granularity: 2 }],
    matches: [{ id: "m", adjacency: 3 }],
  }]);
});

Deno.test("of text and blob the last one set wins", () => {
  const content = (doc: string) => {
    const { id: _, ...rest } = readNow(`{"data":[${doc}]}`).docs[0]!;
    return rest;
  };
  const blob = new Uint8Array([1]);
  assert.deepEqual(content('{"text":"t","blob":"AQ=="}'), { blob });
  assert.deepEqual(content('{"blob":"AQ==","text":"t"}'), { text: "t" });
  assert.deepEqual(content('{"blob":"AQ==","text":""}'), { blob });
  assert.deepEqual(content('{"blob":"AQ==","text":null}'), { blob });
});

Deno.test("base64 is read as leniently as Python reads it", () => {
  // The right-hand sides are base64.b64decode's of CPython 3.11, but for the last ones.
  const cases: [string, number[]][] = [
    ["AQID", [1, 2, 3]],
    ["AQ==", [1]],
    ["AQ", [1]],
    ["A Q\n=\t=", [1]],
    ["***", []],
    ["", []],
    ["A*Q*I*D", [1, 2, 3]],
    ["AQ==AQID", [1]],
    ["AQ=ID", [1, 2, 3]],
    ["=AQID", [1, 2, 3]],
    ["éAQID", [1, 2, 3]],
    ["ŁAQID", [1, 2, 3]],
    ["-_AQ", [251, 240, 16]],
    ["-_8", [251, 255]],
    ["data:image/png;base64,AQID", [1, 2, 3]],
    [" data:;charset=x;base64,AQ", [1]],
  ];
  for (const [blob, expected] of cases) {
    const doc = readNow({ data: [{ blob }] }).docs[0]!;
    assert.deepEqual([...doc.blob!], expected, blob);
  }
});

Deno.test("a blob that holds no base64 has a reason, an empty one is empty", () => {
  const [none, empty] = readNow({ data: [{ blob: "!!!" }, { blob: "" }] }).docs;
  assert.match(none!.unreadable!, /no base64/);
  assert.equal(empty!.unreadable, undefined);
});

Deno.test("what has the right type and cannot be read is its document's own fault", () => {
  const cases: [object, RegExp][] = [
    [{ blob: "AAAAA" }, /'blob'.*one character more than a multiple of four/],
    [{ tensor: [[1], [2, 3]] }, /'tensor'.*unequal length/],
    [{ tensor: [1, [2]] }, /'tensor'.*unequal length/],
    [{ embedding: [[1], 2] }, /'embedding'.*unequal length/],
    [{ tensor: JSON.parse("[".repeat(40) + "]".repeat(40)) }, /more than 32 dimensions/],
  ];
  for (const [doc, reason] of cases) {
    const [read, other] = readNow({ data: [doc, { text: "a cat" }] }).docs;
    assert.match(read!.unreadable ?? "", reason);
    assert.equal(other!.unreadable, undefined);
  }
});

Deno.test("tensors become arrays of the smallest kind that keeps their numbers", () => {
  const cases: [unknown, string, number[], number[]][] = [
    [[[0, 255], [1, 2]], "|u1", [2, 2], [0, 255, 1, 2]],
    [[-1, 300], "<i8", [2], [-1, 300]],
    [[0.5, 1], "<f8", [2], [0.5, 1]],
    [[true, false], "|b1", [2], [1, 0]],
    [[true, 2], "|u1", [2], [1, 2]],
    [[], "<f8", [0], []],
    [[[[1, 2, 3]]], "|u1", [1, 1, 3], [1, 2, 3]],
  ];
  for (const [tensor, dtype, shape, numbers] of cases) {
    const made = readNow({ data: [{ tensor }] }).docs[0]!.tensor!;
    assert.equal(made.dtype, dtype);
    assert.deepEqual(made.shape, shape);
    assert.deepEqual([...readNumbers(made)], numbers);
  }
});

const WRONG: [string, unknown, (string | number)[], RegExp, string][] = [
  ["not JSON", "{nope", ["body", 1], /Expecting property name/, "value_error.jsondecode"],
  ["no object", "[]", ["body"], /not a valid dict/, "type_error.dict"],
  ["null", null, ["body"], /not a valid dict/, "type_error.dict"],
  ["no UTF-8", new Uint8Array([0x22, 0xff, 0x22]), ["body"], /UTF-8/, "value_error.jsondecode"],
  [
    "a document that is no object",
    { data: [{}, 5] },
    ["body", "data", 1],
    /dict/,
    "type_error.dict",
  ],
  [
    "a text that is no string",
    { data: [{ text: 5 }] },
    ["body", "data", 0, "text"],
    /str type expected/,
    "type_error.str",
  ],
  [
    "the same under docs",
    { data: { docs: [{ text: [] }] } },
    ["body", "data", "docs", 0, "text"],
    /str type expected/,
    "type_error.str",
  ],
  [
    "a wrong match",
    { data: [{ matches: [{ chunks: "x" }] }] },
    ["body", "data", 0, "matches", 0, "chunks"],
    /list/,
    "type_error.list",
  ],
  [
    "a fraction for a whole number",
    { data: [{ granularity: 1.5 }] },
    ["body", "data", 0, "granularity"],
    /integer/,
    "type_error.integer",
  ],
  [
    "parameters that are no object",
    { parameters: 3 },
    ["body", "parameters"],
    /dict/,
    "type_error.dict",
  ],
  [
    "an endpoint that is no string",
    { execEndpoint: 3 },
    ["body", "execEndpoint"],
    /str/,
    "type_error.str",
  ],
  [
    "words in a tensor",
    { data: [{ embedding: ["x"] }] },
    ["body", "data", 0, "embedding"],
    /not a list of numbers/,
    "value_error",
  ],
  [
    "words among lists of unequal length",
    { data: [{ embedding: [[1], [2, null]] }] },
    ["body", "data", 0, "embedding"],
    /not a list of numbers/,
    "value_error",
  ],
  [
    "a list nested too deep",
    `{"parameters":{"a":${"[".repeat(5000)}${"]".repeat(5000)}}}`,
    ["body"],
    /nested deeper than 100/,
    "value_error",
  ],
];

for (const [what, body, loc, msg, type] of WRONG) {
  Deno.test(`decodeRequestJson() refuses ${what}`, () => {
    const [first] = detail(body);
    assert.deepEqual(first?.loc, loc);
    assert.match(first!.msg, msg);
    assert.equal(first!.type, type);
  });
}

Deno.test("a body with thousands of faults tells the first ten", () => {
  const body = { data: Array.from({ length: 5000 }, () => ({ text: 1 })) };
  assert.equal(detail(body).length, 10);
});

Deno.test("long blobs are read wherever they stand", () => {
  const long = (seed: number) => new Uint8Array(30_000).map((_, i) => (i * seed + (i >> 7)) & 255);
  const [a, b, c] = [long(7), long(11), long(13)];
  const text = `{"data":[{"id":"1","blob" :\n "${a.toBase64()}"},` +
    `{"id":"2","text":"${"x".repeat(20_000)}"},` +
    `{"id":"3","tags":{"k":"\\"blob\\":\\"${"A".repeat(20_000)}\\""},"blob":"${b.toBase64()}"},` +
    `{"id":"4","matches":[{"id":"m","blob":"${c.toBase64()}"}]},` +
    `{"id":"5","blob":"${"A ".repeat(8_000)}"},` +
    `{"id":"é","uri":"data:,${"A".repeat(20_000)}"}]}`;
  const { docs } = readNow(bytes(text));
  const plain = readNow(JSON.parse(text)).docs;
  assert.deepEqual(docs, plain);
  assert.deepEqual(docs[0]!.blob, a);
  assert.deepEqual(docs[2]!.blob, b);
  assert.deepEqual(docs[3]!.matches![0]!.blob, c);
});

Deno.test("any documents come back from JSON as they were", () => {
  fc.assert(
    fc.property(fc.array(document, { maxLength: 3 }), jsonObject, (docs, parameters) => {
      const response = { requestId: "r", execEndpoint: "/", parameters, docs, routes: [] };
      const first = writeNow(response);
      const back = readNow(first);
      const again = writeNow({ ...back, requestId: "r", routes: [] });
      const data = (json: Uint8Array) => JSON.parse(new TextDecoder().decode(json)).data;
      const levelled = (list: Record<string, unknown>[]): unknown =>
        // A child's level and parent are set anew; an empty text beside a blob is dropped.
        list.map(({ parent_id: _, granularity: __, adjacency: ___, ...rest }) => ({
          ...rest,
          chunks: rest["chunks"] && levelled(rest["chunks"] as Record<string, unknown>[]),
          matches: rest["matches"] && levelled(rest["matches"] as Record<string, unknown>[]),
        }));
      assert.deepEqual(levelled(data(again)), levelled(data(first)));
      encodeRequestProto(back);
    }),
    { numRuns: 100, seed: 7 },
  );
});

Deno.test("any body is accepted or refused with a BodyValidationError", () => {
  const key = fc.constantFrom("data", "docs", "text", "blob", "tensor", "matches", "scores", "id");
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(null, 1, -1.5, "x", "AQ==", true),
      fc.array(tie("any"), { maxLength: 3 }),
      fc.dictionary(key, tie("any"), { maxKeys: 4 }),
    ),
  })).any;
  fc.assert(
    fc.property(value, (body) => {
      try {
        readNow(bytes(JSON.stringify(body)));
      } catch (error) {
        assert.ok(error instanceof BodyValidationError, String(error));
      }
    }),
    { numRuns: 2000, seed: 8 },
  );
});

Deno.test("float32 arrays are written with the digits that read back to them", () => {
  const vector = Float32Array.of(0.1, -1.5, 3.4028234663852886e38, 1e-45, NaN, Infinity, -0, 2);
  const bigEndian = new Uint8Array(vector.buffer.slice(0));
  for (let i = 0; i < bigEndian.length; i += 4) bigEndian.subarray(i, i + 4).reverse();
  const json = new TextDecoder().decode(writeNow({
    requestId: "r",
    execEndpoint: "/",
    parameters: {},
    routes: [],
    docs: [{
      id: "d",
      embedding: embeddingToNdArray(vector),
      tensor: { buffer: bigEndian, dtype: ">f4", shape: [2, 2, 2], clsName: "numpy" },
    }],
  }));
  assert.ok(json.includes(
    `"embedding":[0.1,-1.5,3.4028235e+38,1e-45,null,null,-0,2]`,
  ));
  assert.ok(json.includes(
    `"tensor":[[[0.1,-1.5],[3.4028235e+38,1e-45]],[[null,null],[-0,2]]]`,
  ));
});

Deno.test("an array whose shape lies is null, not a huge list", () => {
  const docs = [[4_000_000_000, 0], [1000, 1000, 1000], [2]].map((shape, i) => ({
    id: String(i),
    tensor: { buffer: new Uint8Array(i), shape, dtype: "<f8", clsName: "numpy" },
  }));
  const json = new TextDecoder().decode(writeNow({
    requestId: "r",
    execEndpoint: "/",
    parameters: {},
    routes: [],
    docs,
  }));
  const tensors = JSON.parse(json).data.map((doc: { tensor: unknown }) => doc.tensor);
  assert.deepEqual(tensors, [[], null, null]);
});

Deno.test("the status of dry_run is the original's", () => {
  assert.equal(encodeStatusJson(), '{"code":0,"description":"","exception":null}');
});
