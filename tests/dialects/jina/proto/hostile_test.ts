/** Bytes that are no message, or one that nobody should send. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ClipError } from "../../../../src/errors.ts";
import {
  decodeResponseProto,
  encodeRequestProto,
} from "../../../../src/dialects/jina/proto/request.ts";
import { RequestDecodeError } from "../../../../src/dialects/jina/document/request_error.ts";
import type { WireSink } from "../../../../src/encoding/protobuf_sink.ts";
import { encodeMessage } from "../../../../src/encoding/protobuf_writer.ts";
import { response } from "../arbitrary_documents.ts";
import { readNow, writeNow } from "./read_request.ts";

/** data { docs { docs { … } } } */
function documentBytes(describe: (sink: WireSink) => void): Uint8Array {
  return encodeMessage((sink) => {
    sink.begin(34);
    sink.begin(10);
    sink.begin(10);
    describe(sink);
    sink.end();
    sink.end();
    sink.end();
  });
}

const REFUSED: [string, Uint8Array, RegExp][] = [
  ["garbage", new TextEncoder().encode("\xff\xfe garbage"), /Cannot decode the protobuf message/],
  ["a varint without end", new Uint8Array(20).fill(0xff), /longer than ten bytes/],
  ["a message cut short", new Uint8Array([10, 5, 1]), /says it has 5 bytes where only 1 are left/],
  ["a huge length", new Uint8Array([10, 0xff, 0xff, 0xff, 0xff, 0x0f]), /4294967295 bytes/],
  ["field number 0", new Uint8Array([2, 0]), /no valid number/],
  ["wire type 7", new Uint8Array([15]), /impossible wire type 7/],
  ["a stray end of group", new Uint8Array([0x7c]), /impossible wire type 4/],
  ["a group that ends as another", new Uint8Array([0x7b, 0x84, 1]), /ends as another/],
  ["groups nested too deep", new Uint8Array(200).fill(0x7b), /groups are nested deeper than 100/],
  [
    "a child longer than its parent",
    new Uint8Array([34, 4, 10, 9, 10, 0, 0, 0, 0, 0, 0, 0, 0]),
    /says it has 9 bytes where only 2/,
  ],
  [
    "a string that is not UTF-8",
    documentBytes((sink) => sink.bytes(34, new Uint8Array([0xc3, 0x28]))),
    /not valid UTF-8/,
  ],
  [
    "documents nested too deep",
    documentBytes((sink) => {
      for (let i = 0; i < 200; i++) sink.begin(114);
      for (let i = 0; i < 200; i++) sink.end();
    }),
    /nested deeper than 100/,
  ],
  [
    "tags nested too deep",
    documentBytes((sink) => {
      sink.begin(138);
      for (let i = 0; i < 60; i++) for (const tag of [10, 18, 42]) sink.begin(tag);
      for (let i = 0; i < 180; i++) sink.end();
      sink.end();
    }),
    /nested deeper than 100/,
  ],
];

for (const [what, bytes, message] of REFUSED) {
  Deno.test(`decodeRequestProto() refuses ${what}`, () => {
    assert.throws(() => readNow(bytes), (error: unknown) => {
      assert.ok(error instanceof RequestDecodeError, String(error));
      assert.equal(error.kind, "invalid");
      assert.match(error.message, message);
      assert.match(error.request.requestId, /^[0-9a-f]{32}$/);
      return true;
    });
  });
}

Deno.test("decodeRequestProto() tells the request id of a request whose documents are broken", () => {
  const good = encodeRequestProto({
    requestId: "the-id",
    execEndpoint: "/encode",
    parameters: { a: 1 },
    docs: [{ id: "d", text: "hello" }],
  });
  assert.throws(
    () => readNow(good.subarray(0, good.length - 2)),
    (error: unknown) => {
      assert.ok(error instanceof RequestDecodeError);
      assert.equal(error.request.requestId, "the-id");
      assert.equal(error.request.execEndpoint, "/encode");
      assert.deepEqual(error.request.docs, []);
      return true;
    },
  );
});

Deno.test("decodeRequestProto() never unpickles docs_bytes", () => {
  const bytes = encodeMessage((sink) => {
    sink.begin(10);
    sink.string(10, "the-id");
    sink.end();
    sink.begin(34);
    sink.bytes(18, new TextEncoder().encode("cos\nsystem\n"));
    sink.end();
  });
  assert.throws(() => readNow(bytes), (error: unknown) => {
    assert.ok(error instanceof RequestDecodeError);
    assert.match(error.message, /'docs_bytes' is a Python pickle/);
    assert.equal(error.request.requestId, "the-id");
    return true;
  });
});

Deno.test("decodeRequestProto() accepts any bytes or throws a ClipError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      try {
        readNow(bytes);
      } catch (error) {
        assert.ok(error instanceof ClipError, String(error));
      }
    }),
    { numRuns: 3000, seed: 3 },
  );
});

Deno.test("decodeRequestProto() survives any change to a good message", () => {
  fc.assert(
    fc.property(
      response,
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }),
      fc.nat(),
      (original, changes, cut) => {
        const bytes = writeNow(original);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        for (const candidate of [bytes, bytes.subarray(0, cut % bytes.length)]) {
          try {
            writeNow(decodeResponseProto(candidate));
          } catch (error) {
            assert.ok(error instanceof ClipError, String(error));
          }
        }
      },
    ),
    { numRuns: 150, seed: 4 },
  );
});

Deno.test("unknown fields pass through at every level", () => {
  const extra = (sink: WireSink) => {
    sink.string(802, "kept");
    sink.varint(800, 300);
    sink.double(801, 1.5);
    sink.float(805, 2.5);
  };
  const bytes = encodeMessage((sink) => {
    sink.begin(10); // header
    sink.string(10, "id");
    sink.string(26, "/encode");
    sink.string(34, "");
    extra(sink);
    sink.end();
    sink.begin(18); // parameters
    sink.end();
    sink.begin(34); // data
    sink.begin(10); // docs
    sink.begin(10); // document
    sink.string(10, "d");
    sink.begin(26); // tensor
    sink.begin(10); // dense
    sink.bytes(10, new Uint8Array([1]));
    extra(sink);
    sink.end();
    sink.string(26, "numpy");
    sink.begin(34); // parameters
    extra(sink);
    sink.end();
    extra(sink);
    sink.end();
    sink.begin(146); // scores
    sink.string(10, "s");
    sink.begin(18);
    extra(sink);
    sink.end();
    sink.end();
    sink.begin(162); // _metadata
    extra(sink);
    sink.end();
    extra(sink);
    sink.end();
    extra(sink);
    sink.end();
    extra(sink);
    sink.end();
    extra(sink);
  });
  assert.deepEqual(encodeRequestProto(readNow(bytes)), bytes);
});

Deno.test("a sparse array is kept as it came", () => {
  const bytes = encodeMessage((sink) => {
    sink.begin(10);
    sink.string(10, "id");
    sink.string(26, "/");
    sink.end();
    sink.begin(18);
    sink.end();
    sink.begin(34);
    sink.begin(10);
    sink.begin(10);
    sink.string(10, "d");
    sink.begin(26);
    sink.bytes(18, new Uint8Array([26, 1, 3]));
    sink.string(26, "numpy");
    sink.end();
    sink.end();
    sink.end();
    sink.end();
  });
  const request = readNow(bytes);
  assert.deepEqual(request.docs[0]?.tensor?.sparse, new Uint8Array([26, 1, 3]));
  assert.deepEqual(encodeRequestProto(request), bytes);
});

Deno.test("a blob is a view of the message, not a copy", () => {
  const bytes = encodeRequestProto({
    requestId: "id",
    execEndpoint: "/",
    parameters: {},
    docs: [{ id: "d", blob: new Uint8Array(1000).fill(7) }],
  });
  const blob = readNow(bytes).docs[0]!.blob!;
  assert.equal(blob.buffer, bytes.buffer);
  assert.ok(blob.every((byte) => byte === 7));
});

Deno.test("the last of blob, tensor and text on the wire wins", () => {
  const doc = readNow(documentBytes((sink) => {
    sink.string(10, "d");
    sink.string(34, "text");
    sink.bytes(18, new Uint8Array([1]));
  })).docs[0];
  assert.deepEqual(doc, { id: "d", blob: new Uint8Array([1]) });
});

Deno.test("a key named __proto__ is a key like any other", () => {
  const request = {
    requestId: "id",
    execEndpoint: "/",
    parameters: JSON.parse('{"__proto__": {"polluted": true}}'),
    docs: [{ id: "d" }],
  };
  const decoded = readNow(encodeRequestProto(request));
  assert.equal((decoded.parameters as { polluted?: boolean }).polluted, undefined);
  assert.equal(JSON.stringify(decoded.parameters), '{"__proto__":{"polluted":true}}');
});

Deno.test("a document without an id gets one", () => {
  const docs = readNow(documentBytes((sink) => sink.string(34, "x"))).docs;
  assert.match(docs[0]!.id, /^[0-9a-f]{32}$/);
});
