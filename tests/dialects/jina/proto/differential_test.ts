/** The codec against protobufjs, which reads our own .proto files. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import protobuf from "protobufjs";
import {
  decodeRequestListProto,
  decodeResponseProto,
  decodeSingleDocumentRequestProto,
  encodeRequestProto,
  encodeSingleDocumentResponseProto,
} from "../../../../src/dialects/jina/proto/request.ts";
import {
  decodeControlRequestProto,
  encodeEndpointsProto,
  encodeJinaInfoProto,
} from "../../../../src/dialects/jina/proto/info.ts";
import {
  decodeStatusProto,
  encodeStatusProto,
} from "../../../../src/dialects/jina/proto/status.ts";
import { plainBytes } from "../../../../src/encoding/protobuf_reader.ts";
import { response } from "../arbitrary_documents.ts";
import { readNow, writeNow } from "./read_request.ts";

const PROTO = new URL("../../../../proto/", import.meta.url);
const root = new protobuf.Root();
root.resolvePath = (_origin, target) =>
  target.startsWith("google/") ? target : fileURLToPath(new URL(target, PROTO));
root.loadSync("jina.proto", { keepCase: true });
const DataRequestProto = root.lookupType("jina.DataRequestProto");

Deno.test("what the codec writes, protobufjs reads and writes back to the same message", () => {
  fc.assert(
    fc.property(response, (original) => {
      const ours = writeNow(original);
      const theirs = DataRequestProto.decode(ours);
      const back = plainBytes(DataRequestProto.encode(theirs).finish());
      const { targetExecutor, ...decoded } = decodeResponseProto(back);
      assert.equal(targetExecutor, "");
      assert.deepEqual(decoded, original);
      // protobufjs writes the fields in another order, so only the sizes can be compared.
      assert.equal(ours.length, back.length);
    }),
    { numRuns: 100, seed: 1 },
  );
});

Deno.test("protobufjs reads every field under its own name", () => {
  const bytes = writeNow({
    requestId: "r",
    execEndpoint: "/rank",
    timeout: 7,
    parameters: { a: [1, null, "x", { b: false }] },
    status: {
      code: 1,
      description: "no",
      exception: { name: "E", args: ["1"], stacks: ["s"], executor: "X" },
    },
    routes: [{ executor: "gateway", startTime: 1500, endTime: 2750.5 }],
    docs: [{
      id: "d",
      text: "t",
      granularity: 1,
      adjacency: 2,
      parentId: "p",
      weight: 0.5,
      uri: "u",
      modality: "m",
      mimeType: "text/plain",
      offset: 1.5,
      location: [1, 2],
      chunks: [{ id: "c", blob: new Uint8Array([1]) }],
      matches: [{
        id: "n",
        tensor: { buffer: new Uint8Array([2]), shape: [1], dtype: "|u1", clsName: "list" },
      }],
      embedding: { buffer: new Uint8Array(4), shape: [1], dtype: "<f4", clsName: "numpy" },
      tags: { k: true },
      scores: { s: { value: 1, opName: "o", description: "d", refId: "i" } },
      evaluations: { e: { value: 2 } },
    }],
  });
  // protobufjs names the fields of the well-known types in camelCase, whatever `keepCase` says.
  const object = DataRequestProto.toObject(DataRequestProto.decode(bytes), {
    bytes: Array,
    longs: Number,
    enums: String,
  });
  assert.deepEqual(object, {
    header: {
      request_id: "r",
      status: {
        code: "ERROR",
        description: "no",
        exception: { name: "E", args: ["1"], stacks: ["s"], executor: "X" },
      },
      exec_endpoint: "/rank",
      target_executor: "",
      timeout: 7,
    },
    parameters: {
      fields: {
        a: {
          listValue: {
            values: [
              { numberValue: 1 },
              { nullValue: "NULL_VALUE" },
              { stringValue: "x" },
              { structValue: { fields: { b: { boolValue: false } } } },
            ],
          },
        },
      },
    },
    routes: [{
      executor: "gateway",
      start_time: { seconds: 1, nanos: 500_000_000 },
      end_time: { seconds: 2, nanos: 750_500_000 },
    }],
    data: {
      docs: {
        docs: [{
          id: "d",
          text: "t",
          granularity: 1,
          adjacency: 2,
          parent_id: "p",
          weight: 0.5,
          uri: "u",
          modality: "m",
          mime_type: "text/plain",
          offset: 1.5,
          location: [1, 2],
          chunks: [{ id: "c", blob: [1] }],
          matches: [{
            id: "n",
            tensor: { dense: { buffer: [2], shape: [1], dtype: "|u1" }, cls_name: "list" },
          }],
          embedding: {
            dense: { buffer: [0, 0, 0, 0], shape: [1], dtype: "<f4" },
            cls_name: "numpy",
          },
          tags: { fields: { k: { boolValue: true } } },
          scores: { s: { value: 1, op_name: "o", description: "d", ref_id: "i" } },
          evaluations: { e: { value: 2 } },
        }],
      },
    },
  });
});

Deno.test("requests of other kinds: list, single document, control", async () => {
  const requests = ["a", "b"].map((id) => ({
    requestId: id,
    execEndpoint: "/encode",
    targetExecutor: "clip.*",
    parameters: { p: 1 },
    docs: [{ id: `${id}1`, text: "hello" }],
  }));
  const List = root.lookupType("jina.DataRequestListProto");
  const list = List.encode({
    requests: requests.map((r) => DataRequestProto.decode(encodeRequestProto(r))),
  }).finish();
  assert.deepEqual(await decodeRequestListProto(list), requests);

  const Single = root.lookupType("jina.SingleDocumentRequestProto");
  const single = await decodeSingleDocumentRequestProto(
    Single.encode({
      header: { request_id: "s", exec_endpoint: "/" },
      document: { id: "d", text: "one" },
    }).finish(),
  );
  assert.deepEqual(single.docs, [{ id: "d", text: "one" }]);
  const answer = Single.toObject(
    Single.decode(await encodeSingleDocumentResponseProto({ ...single, routes: [] })),
  );
  assert.deepEqual(answer.document, { id: "d", text: "one" });
  assert.equal(answer.header.request_id, "s");

  const Control = root.lookupType("jina.ControlRequestProto");
  const control = Control.encode({ header: { request_id: "c" }, command: 2 }).finish();
  assert.equal(decodeControlRequestProto(control).command, 2);
  assert.deepEqual(decodeControlRequestProto(control).bytes, plainBytes(control));
});

Deno.test("answers without documents: status, info, endpoints", () => {
  assert.equal(encodeStatusProto().length, 0);
  const status = { code: 1, description: "draining" } as const;
  assert.deepEqual(decodeStatusProto(encodeStatusProto(status)), status);

  const Info = root.lookupType("jina.JinaInfoProto");
  const info = { jina: { jina: "3.20.1", "": "x" }, envs: { A: "1" } };
  assert.deepEqual(Info.toObject(Info.decode(encodeJinaInfoProto(info))), info);

  const Endpoints = root.lookupType("jina.EndpointsProto");
  assert.deepEqual(
    Endpoints.toObject(
      Endpoints.decode(encodeEndpointsProto({ endpoints: ["/", "/rank"], writeEndpoints: ["/w"] })),
    ),
    { endpoints: ["/", "/rank"], write_endpoints: ["/w"] },
  );
});

Deno.test("a request read from protobufjs equals the one given", () => {
  fc.assert(
    fc.property(response, (original) => {
      const { routes: _, status: __, ...request } = original;
      const bytes = DataRequestProto.encode(DataRequestProto.decode(encodeRequestProto(request)))
        .finish();
      assert.deepEqual(readNow(bytes), request);
    }),
    { numRuns: 50, seed: 2 },
  );
});
