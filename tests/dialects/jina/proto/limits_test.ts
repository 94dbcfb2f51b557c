/** Requests that hold too much: reading stops at the first excess. */
import assert from "node:assert/strict";
import { RequestDecodeError } from "../../../../src/dialects/jina/document/request_error.ts";
import type { WireSink } from "../../../../src/encoding/protobuf_sink.ts";
import { encodeMessage } from "../../../../src/encoding/protobuf_writer.ts";
import { decodeRequestListProto } from "../../../../src/dialects/jina/proto/request.ts";
import { readNow } from "./read_request.ts";

const LIMITS = { maxDocuments: 10, maxValues: 10 };

function inDocuments(sink: WireSink, describe: (sink: WireSink) => void): void {
  sink.begin(34);
  sink.begin(10);
  describe(sink);
  sink.end();
  sink.end();
}

function repeat(sink: WireSink, times: number, tag: number, describe = (_: WireSink) => {}): void {
  for (let i = 0; i < times; i++) {
    sink.begin(tag);
    describe(sink);
    sink.end();
  }
}

const document = (describe: (sink: WireSink) => void) => (sink: WireSink) =>
  inDocuments(sink, (sink) => repeat(sink, 1, 10, describe));
const tags = (describe: (sink: WireSink) => void) =>
  document((sink) => repeat(sink, 1, 138, describe));

/** Each with what it holds `count` of, and the key that bounds it. */
const HELD: [what: string, key: string, describe: (sink: WireSink, count: number) => void][] = [
  ["documents", "max_documents", (sink, n) => inDocuments(sink, (sink) => repeat(sink, n, 10))],
  ["chunks", "max_documents", (sink, n) => document((sink) => repeat(sink, n - 1, 114))(sink)],
  [
    "matches of a match",
    "max_documents",
    (sink, n) => document((sink) => repeat(sink, 1, 122, (sink) => repeat(sink, n - 2, 122)))(sink),
  ],
  ["tags", "max_values", (sink, n) => tags((sink) => repeat(sink, n, 10))(sink)],
  [
    "values in a list",
    "max_values",
    (sink, n) =>
      tags((sink) =>
        repeat(
          sink,
          1,
          10,
          (sink) =>
            repeat(sink, 1, 18, (sink) => repeat(sink, 1, 50, (sink) => repeat(sink, n - 1, 10))),
        )
      )(sink),
  ],
  ["parameters", "max_values", (sink, n) => repeat(sink, 1, 18, (sink) => repeat(sink, n, 10))],
  ["scores", "max_values", (sink, n) => document((sink) => repeat(sink, n, 146))(sink)],
  [
    "places",
    "max_values",
    (sink, n) => document((sink) => sink.packedFloat(106, new Array(n).fill(1)))(sink),
  ],
  [
    "sizes of a shape",
    "max_values",
    (sink, n) =>
      document((sink) =>
        repeat(
          sink,
          1,
          26,
          (sink) => repeat(sink, 1, 10, (sink) => sink.packedUint32(18, new Array(n).fill(1))),
        )
      )(sink),
  ],
  ["routes", "max_values", (sink, n) => repeat(sink, n, 26)],
  ["unknown fields", "max_values", (sink, n) => {
    for (let i = 0; i < n; i++) sink.varint(800, 1);
  }],
  ["unknown fields of a document", "max_values", (sink, n) =>
    document((sink) => {
      for (let i = 0; i < n; i++) sink.varint(800, 1);
    })(sink)],
];

for (const [what, key, describe] of HELD) {
  Deno.test(`a request with as many ${what} as are allowed is read, one more is too many`, () => {
    readNow(encodeMessage((sink) => describe(sink, 10)), LIMITS);
    for (const count of [11, 100_000]) {
      assert.throws(
        () => readNow(encodeMessage((sink) => describe(sink, count)), LIMITS),
        (error: unknown) => {
          assert.ok(error instanceof RequestDecodeError);
          assert.equal(error.kind, "too_large");
          assert.ok(error.message.includes(`'${key}'`), error.message);
          return true;
        },
      );
    }
  });
}

Deno.test("the requests of a list are counted together", async () => {
  const request = encodeMessage((sink) => inDocuments(sink, (sink) => repeat(sink, 4, 10)));
  const list = (count: number) =>
    encodeMessage((sink) => {
      for (let i = 0; i < count; i++) sink.bytes(10, request);
    });
  assert.equal((await decodeRequestListProto(list(2), { limits: LIMITS })).length, 2);
  await assert.rejects(
    async () => await decodeRequestListProto(list(3), { limits: LIMITS }),
    /too many documents/,
  );
});

Deno.test("unknown fields side by side are kept as one piece", () => {
  const { unknownFields } = readNow(encodeMessage((sink) => {
    for (let i = 0; i < 1000; i++) sink.varint(800, i);
  }));
  assert.equal(unknownFields!.length, 1);
});

Deno.test("a message that says the same again and again is given up", () => {
  const header = encodeMessage((sink) =>
    repeat(sink, 1, 10, (sink) => {
      for (let i = 0; i < 300_000; i++) sink.string(10, "");
    })
  );
  assert.throws(() => readNow(header), /repeats its fields/);
  const group = new Uint8Array(600_002).fill(1);
  for (let i = 1; i < group.length - 1; i += 2) group.set([8, 0], i);
  group[0] = 0x7b;
  group[group.length - 1] = 0x7c;
  assert.throws(() => readNow(group), /repeats its fields/);
});
