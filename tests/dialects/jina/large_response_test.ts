/** Large answers are written another way than small ones: what comes out must be the same. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import type { Document } from "../../../src/dialects/jina/document/document.ts";
import type { DataResponse } from "../../../src/dialects/jina/document/request.ts";
import { encodeResponseJson } from "../../../src/dialects/jina/json/response.ts";
import {
  decodeRequestProto,
  encodeRequestProto,
  encodeResponseProto,
  writeResponse,
} from "../../../src/dialects/jina/proto/request.ts";
import { atOnce, Slices } from "../../../src/encoding/slices.ts";
import { response } from "./arbitrary_documents.ts";
import { readNow as readJson } from "./json/read_request.ts";
import { readNow as readProto, writeNow as writeProto } from "./proto/read_request.ts";

Deno.test("an answer in slices has the bytes of an answer at once", () => {
  fc.assert(
    fc.property(response, (given) => {
      assert.deepEqual(atOnce(writeResponse(given, new Slices())), writeProto(given));
    }),
    { numRuns: 300, seed: 31 },
  );
});

Deno.test("a request that is read at once is what it is when it is read in slices", () => {
  fc.assert(
    fc.property(response, (given) => {
      // What has no id gets a new one each time.
      const bytes = encodeRequestProto({ ...given, docs: [{ id: "d", chunks: given.docs }] });
      const read = [decodeRequestProto(bytes), readProto(bytes)].map((request) =>
        JSON.stringify(
          request,
          (key, value) =>
            (key === "id" || key === "requestId") && /^[0-9a-f]{32}$/.test(value) ? "" : value,
        )
      );
      assert.equal(read[0], read[1]);
    }),
    { numRuns: 300, seed: 33 },
  );
});

/** A document that is too large to be written at once, in each of its fields. */
function largeDocument(): Document {
  const text = "é😀x\n".repeat(200_000);
  const floats = Float32Array.from({ length: 50_000 }, (_, i) => Math.sin(i));
  const doubles = Float64Array.from({ length: 12_000 }, (_, i) => i / 3);
  return {
    id: "large",
    text,
    uri: text,
    location: Array.from({ length: 20_000 }, (_, i) => i / 2),
    embedding: {
      buffer: new Uint8Array(floats.buffer),
      shape: [50_000],
      dtype: "<f4",
      clsName: "numpy",
    },
    tags: {
      text,
      list: Array.from({ length: 20_000 }, (_, i) => ({ i, deep: [null, true, i / 3] })),
    },
    scores: Object.fromEntries(
      Array.from({ length: 10_000 }, (_, i) => [`s${i}`, { value: i, opName: "o" }]),
    ),
    chunks: [{
      id: "c",
      parentId: "large",
      granularity: 1,
      tensor: {
        buffer: new Uint8Array(doubles.buffer),
        shape: [2, 3, 2000],
        dtype: "<f8",
        clsName: "numpy",
      },
    }],
    matches: Array.from({ length: 5000 }, (_, i) => ({ id: `m${i}`, adjacency: 1 })),
  };
}

const RESPONSE: DataResponse = {
  requestId: "0".repeat(32),
  execEndpoint: "/",
  parameters: { list: Array.from({ length: 10_000 }, (_, i) => i) },
  routes: [],
  docs: [largeDocument(), { id: "small", blob: new Uint8Array(2_000_000).fill(7) }],
};

Deno.test("a large document comes back from protobuf as it was", async () => {
  const bytes = await encodeResponseProto(RESPONSE);
  // Written twice over by different code, and read by different code.
  assert.deepEqual(bytes, encodeRequestProto({ ...RESPONSE, targetExecutor: "" }));
  const { docs, parameters } = await decodeRequestProto(bytes);
  assert.deepEqual(docs, RESPONSE.docs);
  assert.deepEqual(parameters, RESPONSE.parameters);
  assert.deepEqual(readProto(bytes).docs, docs);
});

Deno.test("a large document comes back from JSON as it was", async () => {
  const bytes = await encodeResponseJson(RESPONSE);
  const [large, small] = JSON.parse(new TextDecoder().decode(bytes)).data;
  const given = RESPONSE.docs[0]!;
  assert.equal(large.text, given.text);
  assert.deepEqual(large.tags, given.tags);
  assert.deepEqual(large.location, given.location);
  assert.equal(Object.keys(large.scores).length, 10_000);
  assert.deepEqual(large.chunks[0].tensor.flat(2), Array.from({ length: 12_000 }, (_, i) => i / 3));
  assert.equal(large.chunks[0].tensor.length, 2);
  assert.equal(large.chunks[0].tensor[0].length, 3);
  const floats = Float32Array.from(large.embedding as number[]);
  assert.deepEqual(new Uint8Array(floats.buffer), given.embedding!.buffer);
  assert.equal(Buffer.from(small.blob, "base64").length, 2_000_000);
  const again = readJson(bytes).docs[0]!;
  assert.deepEqual(again.tags, given.tags);
  assert.deepEqual(again.matches, given.matches);
});
