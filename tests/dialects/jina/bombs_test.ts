/** Little that is sent and would become much: refused over every protocol, and the server lives. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { status } from "@grpc/grpc-js";
import {
  decodeResponseProto,
  encodeRequestProto,
} from "../../../src/dialects/jina/proto/request.ts";
import type { WireSink } from "../../../src/encoding/protobuf_sink.ts";
import { encodeMessage } from "../../../src/encoding/protobuf_writer.ts";
import { openGateways } from "../../support/gateways.ts";
import { GrpcClient, statusOf, textRequest } from "../../support/grpc_client.ts";
import { WsClient } from "../../support/ws_client.ts";

const SINGLE = "/jina.JinaSingleDataRequestRPC/process_single_data";
const MANY = 1_000_000;

const JSON_BOMBS: [what: string, body: string, status: number, told: RegExp][] = [
  ["documents", `{"data":[${"{},".repeat(MANY)}{}]}`, 413, /max_documents/],
  ["chunks", `{"data":[{"chunks":[${"{},".repeat(MANY)}{}]}]}`, 413, /max_documents/],
  ["tags", `{"data":[{"tags":{"a":[${"1,".repeat(MANY)}1]}}]}`, 413, /max_values/],
  ["parameters", `{"parameters":{"a":[${"[],".repeat(MANY)}1]}}`, 413, /max_values/],
  ["depth", `{"data":${"[".repeat(MANY)}`, 422, /nested deeper/],
  ["faults", `{"data":[${'{"text":1},'.repeat(50_000)}{}]}`, 422, /str type expected/],
];

function inDocument(describe: (sink: WireSink) => void): Uint8Array {
  return encodeMessage((sink) => {
    for (const tag of [34, 10, 10]) sink.begin(tag);
    describe(sink);
    for (let i = 0; i < 3; i++) sink.end();
  });
}

const PROTO_BOMBS: [what: string, message: Uint8Array, told: RegExp][] = [
  [
    "chunks",
    inDocument((sink) => {
      for (let i = 0; i < MANY; i++) sink.string(114, "");
    }),
    /max_documents/,
  ],
  [
    "unknown fields",
    inDocument((sink) => {
      for (let i = 0; i < MANY; i++) sink.varint(800, 1);
    }),
    /max_values/,
  ],
  [
    "scores",
    inDocument((sink) => {
      for (let i = 0; i < MANY; i++) sink.string(146, "");
    }),
    /max_values/,
  ],
];

Deno.test("bombs are refused over HTTP, gRPC and WebSocket", async () => {
  await using gateways = await openGateways({ protocol: "[grpc, http, websocket]" });
  const url = `${gateways.url("http")}/post`;
  for (const [what, body, expected, told] of JSON_BOMBS) {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
      body: gzipSync(body) as BodyInit,
    });
    const text = await response.text();
    assert.equal(response.status, expected, `${what}: ${text.slice(0, 200)}`);
    assert.match(text, told, what);
    assert.ok(text.length < 2000, what);
  }
  const client = new GrpcClient(gateways.url("grpc"));
  const socket = await new WsClient(`${gateways.url("websocket")}/`).open();
  try {
    for (const [i, [what, message, told]] of PROTO_BOMBS.entries()) {
      const { code, details } = await statusOf(client.unary(SINGLE, message));
      assert.equal(code, status.RESOURCE_EXHAUSTED, what);
      assert.match(details, told, what);
      socket.send(message);
      const frames = await socket.take(i + 1);
      assert.match(decodeResponseProto(frames[i]!.bytes).status!.description, told, what);
    }
    // All three still serve.
    const [answer] = await client.call([textRequest(["a"])]);
    assert.equal(answer!.docs.length, 1);
    socket.send(encodeRequestProto(textRequest(["a"])));
    const frames = await socket.take(PROTO_BOMBS.length + 1);
    assert.equal(decodeResponseProto(frames.at(-1)!.bytes).docs.length, 1);
  } finally {
    client.close();
    await socket.close();
  }
});

Deno.test("paths that name each document many times embed it once", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  let embedded = 0;
  const { encoder } = gateways;
  const encode = encoder.encode.bind(encoder);
  encoder.encode = (items, options) => {
    embedded += items.length;
    return encode(items, options);
  };
  const response = await fetch(`${gateways.url("http")}/post`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      data: Array.from({ length: 10_000 }, () => ({ text: "a" })),
      parameters: { access_paths: `@${new Array(499).fill("r").join(",")}` },
    }),
  });
  assert.equal(response.status, 200);
  assert.equal((await response.json()).data.length, 10_000);
  assert.equal(embedded, 10_000);
});
