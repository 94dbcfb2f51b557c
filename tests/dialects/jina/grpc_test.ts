import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { connect } from "node:http2";
import { gunzipSync, gzipSync, inflateSync } from "node:zlib";
import { Metadata, status } from "@grpc/grpc-js";
import {
  decodeResponseProto,
  encodeRequestProto,
} from "../../../src/dialects/jina/proto/request.ts";
import { encodeMessage } from "../../../src/encoding/protobuf_writer.ts";
import { GrpcClient, statusOf, textRequest } from "../../support/grpc_client.ts";
import { openGateways, type TestGatewayOptions } from "../../support/gateways.ts";
import type { TestGateways } from "../../support/gateways.ts";
import { settle, standstill } from "../../support/turns.ts";

const SINGLE = "/jina.JinaSingleDataRequestRPC/process_single_data";

/** Runs a test with a gateway and a client, and closes both. */
async function withGrpc(
  test: (gateways: TestGateways, client: GrpcClient) => Promise<void>,
  options: TestGatewayOptions = {},
): Promise<void> {
  await using gateways = await openGateways({ protocol: "grpc", ...options });
  const client = new GrpcClient(gateways.url("grpc"));
  try {
    await test(gateways, client);
  } finally {
    client.close();
  }
}

function firstValue(buffer: Uint8Array): number {
  return new DataView(buffer.buffer, buffer.byteOffset).getFloat32(0, true);
}

Deno.test("Call answers every request of a stream in order, with embeddings", () =>
  withGrpc(async (_, client) => {
    const requests = [1, 2, 3].map((n) => textRequest(["x".repeat(n), "y".repeat(10 * n)]));
    const answers = await client.call(requests);
    assert.deepEqual(answers.map(({ requestId }) => requestId), requests.map((r) => r.requestId));
    for (const [i, answer] of answers.entries()) {
      assert.equal(answer.status, undefined);
      assert.deepEqual(answer.docs.map(({ id }) => id), ["d0", "d1"]);
      const [first, second] = answer.docs.map(({ embedding }) => embedding!);
      assert.deepEqual([first!.dtype, first!.shape, first!.clsName], ["<f4", [4], "numpy"]);
      assert.deepEqual([firstValue(first!.buffer), firstValue(second!.buffer)], [
        i + 1,
        10 * i + 10,
      ]);
      assert.deepEqual(answer.routes.map(({ executor }) => executor), ["gateway", "clip_t"]);
      assert.ok(answer.routes[0]!.endTime! - answer.routes[0]!.startTime >= 1);
    }
  }));

Deno.test("Call without a request ends well and empty", () =>
  withGrpc(async (_, client) => assert.deepEqual(await client.call([]), [])));

Deno.test("Call answers before the client has half-closed", () =>
  withGrpc(async (_, client) => {
    const stream = client.stream();
    stream.write(encodeRequestProto(textRequest(["a"])));
    const [bytes] = await new Promise<[Uint8Array]>((resolve) =>
      stream.once("data", (b) => resolve([b]))
    );
    assert.equal(decodeResponseProto(bytes).docs.length, 1);
    const ended = new Promise((resolve) => stream.once("status", resolve));
    stream.end();
    assert.equal((await ended as { code: number }).code, status.OK);
  }));

Deno.test("Call works on many requests at a time and still answers in order", () =>
  withGrpc(async ({ encoder }, client) => {
    encoder.held = true;
    const requests = Array.from({ length: 20 }, (_, i) => textRequest(["x".repeat(i + 1)]));
    const answers = client.call(requests);
    await settle(() => encoder.inside === 20);
    encoder.release();
    assert.deepEqual(
      (await answers).map(({ requestId }) => requestId),
      requests.map(({ requestId }) => requestId),
    );
  }));

Deno.test("Call reads no more than prefetch allows", () =>
  withGrpc(async ({ encoder, gate }, client) => {
    encoder.held = true;
    const answers = client.call(Array.from({ length: 12 }, () => textRequest(["a"])));
    await settle(() => encoder.inside === 3);
    assert.equal(await standstill(() => encoder.inside), 3);
    assert.equal(gate.inside, 3);
    while (encoder.calls < 12 || encoder.inside > 0) {
      encoder.release(1);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    assert.equal((await answers).length, 12);
    assert.equal(encoder.peak, 3);
  }, { gateway: ["prefetch: 3"] }));

Deno.test("Call honours a client's wish for fewer requests in work", () =>
  withGrpc(async ({ encoder }, client) => {
    encoder.held = true;
    const metadata = new Metadata();
    metadata.set("__prefetch__", "2");
    const answers = client.call(Array.from({ length: 5 }, () => textRequest(["a"])), metadata);
    await settle(() => encoder.inside === 2);
    assert.equal(await standstill(() => encoder.inside), 2);
    encoder.held = false;
    encoder.release();
    assert.equal((await answers).length, 5);
    assert.equal(encoder.peak, 2);
  }));

Deno.test("Call passes over a nonsensical wish", () =>
  withGrpc(async (_, client) => {
    for (const wish of ["0", "-3", "many", ""]) {
      const metadata = new Metadata();
      metadata.set("__prefetch__", wish);
      assert.equal((await client.call([textRequest(["a"])], metadata)).length, 1);
    }
  }));

Deno.test("A client that sends without reading is no longer read from", () =>
  withGrpc(async (gateways) => {
    const { encoder } = gateways;
    // Not a gRPC client: those read ahead of their users.
    const session = connect(gateways.url("grpc").replace("grpc:", "http:"));
    session.on("error", () => {});
    const stream = session.request({
      ":method": "POST",
      ":path": "/jina.JinaRPC/Call",
      "content-type": "application/grpc",
      te: "trailers",
    });
    stream.on("error", () => {});
    stream.pause();
    const request = encodeRequestProto({
      ...textRequest([]),
      docs: [{ id: "a", blob: new Uint8Array(500_000) }],
    });
    const message = Buffer.alloc(request.length + 5);
    message.writeUInt32BE(request.length, 1);
    message.set(request, 5);
    let taken = 0;
    const send = (): void => {
      if (taken < 600) stream.write(message, () => (taken++, send()));
    };
    send();
    await settle(() => encoder.calls > 100);
    const calls = await standstill(() => encoder.calls, 500);
    // 64 MiB of answers and what was in flight at that moment: of 300 MB.
    assert.ok(calls < 200, `${calls} requests of 500 kB were worked on, for nobody`);
    assert.ok(taken < 220, `${taken} requests were taken from the client`);
    stream.close();
    session.destroy();
  }));

Deno.test("A failed document is told in its answer, and the stream goes on", () =>
  withGrpc(async (_, client) => {
    const bad = { ...textRequest([]), docs: [{ id: "broken", blob: new Uint8Array(3) }] };
    const answers = await client.call([textRequest(["a"]), bad, textRequest(["b"])]);
    assert.deepEqual(answers.map((answer) => answer.status?.code), [undefined, 1, undefined]);
    const { status: told, routes, docs } = answers[1]!;
    assert.match(told!.description, /^UnidentifiedImageError\('document 'broken'|^\w+\(/);
    assert.match(told!.description, /broken/);
    assert.equal(told!.exception!.executor, "CLIPEncoder");
    assert.deepEqual(routes[1]!.status, told);
    assert.deepEqual([docs[0]!.id, docs[0]!.embedding], ["broken", undefined]);
  }));

Deno.test("A wrong parameter, too many documents and a pickle are told in their answers", () =>
  withGrpc(async (_, client) => {
    const pickle = encodeMessage((sink) => {
      sink.begin(10);
      sink.string(10, "0123");
      sink.end();
      sink.begin(34);
      sink.bytes(18, Uint8Array.of(0x80, 4, 0x2e));
      sink.end();
    });
    const answers = await client.call([
      textRequest(["a"], { parameters: { access_paths: "@zz" } }),
      textRequest(["a", "b", "c"]),
      pickle,
      textRequest(["a"]),
    ]);
    assert.deepEqual(answers.map((answer) => answer.status?.code), [1, 1, 1, undefined]);
    assert.match(
      answers[1]!.status!.description,
      /OverflowError.*too many documents: 2 are allowed/,
    );
    assert.match(answers[2]!.status!.description, /pickle/);
    assert.equal(answers[2]!.requestId, "0123");
  }, { gateway: ["max_documents: 2"] }));

Deno.test("Bytes that are no request end the stream, after the answers before them", () =>
  withGrpc(async (_, client) => {
    const stream = client.stream();
    const answers: Uint8Array[] = [];
    stream.on("data", (bytes) => answers.push(bytes));
    const failed = statusOf(new Promise((_, reject) => stream.on("error", reject)));
    stream.write(encodeRequestProto(textRequest(["a"])));
    stream.write(Uint8Array.of(0xff, 0xfe, 0x20));
    const { code, details } = await failed;
    assert.equal(code, status.INVALID_ARGUMENT);
    assert.match(details, /Cannot decode the protobuf message/);
    assert.equal(answers.length, 1);
  }));

Deno.test("A message over the limit ends the stream with RESOURCE_EXHAUSTED, packed or not", () =>
  withGrpc(async (gateways, client) => {
    const large = textRequest(["x".repeat(3000)]);
    assert.equal((await statusOf(client.call([large]))).code, status.RESOURCE_EXHAUSTED);
    const packing = new GrpcClient(gateways.url("grpc"), {
      options: { "grpc.default_compression_algorithm": 2 },
    });
    assert.equal((await statusOf(packing.call([large]))).code, status.RESOURCE_EXHAUSTED);
    assert.equal((await packing.call([textRequest(["x".repeat(800)])])).length, 1);
    packing.close();
    assert.ok(gzipSync("x".repeat(3000)).length < 100, "the packed message was small on its way");
  }, { gateway: ["max_message_bytes: 2048"] }));

for (const [name, algorithm] of [["deflate", 1], ["gzip", 2]] as const) {
  Deno.test(`Requests packed with ${name} are read`, async () => {
    await using gateways = await openGateways();
    const client = new GrpcClient(gateways.url("grpc"), {
      options: { "grpc.default_compression_algorithm": algorithm },
    });
    const [answer] = await client.call([textRequest(["x".repeat(5000)])]);
    assert.equal(firstValue(answer!.docs[0]!.embedding!.buffer), 5000);
    client.close();
  });
}

Deno.test("A client that cancels has its work dropped, and others are served on", () =>
  withGrpc(async ({ encoder, gate }, client) => {
    encoder.held = true;
    const stream = client.stream();
    stream.on("error", () => {});
    for (let i = 0; i < 4; i++) stream.write(encodeRequestProto(textRequest(["a"])));
    await settle(() => encoder.inside === 4);
    stream.cancel();
    await settle(() => encoder.aborted === 4 && gate.inside === 0);
    encoder.held = false;
    assert.equal((await client.call([textRequest(["a"])])).length, 1);
  }));

Deno.test("A deadline that passes drops the work", () =>
  withGrpc(async ({ encoder, gate }, client) => {
    encoder.held = true;
    const message = encodeRequestProto(textRequest(["a"]));
    const ways = [
      (deadline: number) => client.call([message], new Metadata(), { deadline }),
      (deadline: number) => client.unary(SINGLE, message, new Metadata(), { deadline }),
    ];
    for (const ask of ways) {
      const before = encoder.calls;
      // On a busy machine a deadline may be over before its call is in work.
      for (let ms = 100; encoder.calls === before; ms *= 2) {
        assert.equal((await statusOf(ask(Date.now() + ms))).code, status.DEADLINE_EXCEEDED);
      }
      await settle(() => encoder.aborted === encoder.calls && gate.inside === 0);
    }
  }));

Deno.test("The flow's own time limit is told in the answer of a stream, as the status of a call", () =>
  withGrpc(async ({ encoder }, client) => {
    encoder.held = true;
    const [answer] = await client.call([textRequest(["a"])]);
    assert.match(answer!.status!.description, /TimeoutError.*timeout_send/);
    const call = client.unary(SINGLE, encodeRequestProto(textRequest(["a"])));
    assert.equal((await statusOf(call)).code, status.DEADLINE_EXCEEDED);
  }, { gateway: ["timeout_send: 50"] }));

Deno.test("A unary call waits for a place, is refused at once where no more may wait, and served", () =>
  withGrpc(async ({ encoder, gate }, client) => {
    encoder.held = true;
    const message = encodeRequestProto(textRequest(["a"]));
    const served = client.unary(SINGLE, message);
    await settle(() => encoder.inside === 1);
    const waiting = client.unary(SINGLE, message);
    await settle(() => gate.waiting === 1);
    assert.equal((await statusOf(client.unary(SINGLE, message))).code, status.RESOURCE_EXHAUSTED);
    encoder.held = false;
    encoder.release();
    for (const answer of [served, waiting]) {
      assert.equal(decodeResponseProto(await answer).docs.length, 1);
    }
    encoder.full = true;
    assert.equal((await statusOf(client.unary(SINGLE, message))).code, status.RESOURCE_EXHAUSTED);
  }, { gateway: ["prefetch: 1"], maxWaiting: 1 }));

Deno.test("Streams leave places to unary calls", () =>
  withGrpc(async ({ encoder, gate }, client) => {
    encoder.held = true;
    const answers = client.call(Array.from({ length: 30 }, () => textRequest(["a"])));
    await settle(() => encoder.inside === 18);
    assert.equal(await standstill(() => gate.inside), 18);
    const call = client.unary(SINGLE, encodeRequestProto(textRequest(["b"])));
    await settle(() => encoder.inside === 19);
    encoder.held = false;
    encoder.release();
    await call;
    assert.equal((await answers).length, 30);
  }, { gateway: ["prefetch: 20"] }));

Deno.test("Unary calls fail with the status of what is wrong", () =>
  withGrpc(async (_, client) => {
    const garbage = await statusOf(client.unary(SINGLE, Uint8Array.of(0xff, 0xff)));
    assert.equal(garbage.code, status.INVALID_ARGUMENT);
    const many = await statusOf(
      client.unary(SINGLE, encodeRequestProto(textRequest(["a", "b", "c"]))),
    );
    assert.equal(many.code, status.RESOURCE_EXHAUSTED);
    const unknown = await statusOf(client.unary("/jina.JinaRPC/Nothing"));
    assert.equal(unknown.code, status.UNIMPLEMENTED);
  }, { gateway: ["max_documents: 2"] }));

Deno.test("A status text of any length and any characters arrives", () =>
  withGrpc(async (_, client) => {
    const endpoint = "/encode/" + "\u{1F600}\ud800".repeat(2000);
    const list = encodeMessage((sink) =>
      sink.bytes(10, encodeRequestProto(textRequest(["a"], { execEndpoint: endpoint })))
    );
    const answer = await client.unary("/jina.JinaDataRequestRPC/process_data", list);
    assert.equal(decodeResponseProto(answer).docs.length, 1);
  }));

Deno.test("process_data merges the documents of its list", () =>
  withGrpc(async (_, client) => {
    const list = encodeMessage((sink) => {
      sink.bytes(10, encodeRequestProto(textRequest(["a"])));
      sink.bytes(10, encodeRequestProto(textRequest(["bb", "ccc"])));
    });
    const answer = decodeResponseProto(
      await client.unary("/jina.JinaDataRequestRPC/process_data", list),
    );
    assert.deepEqual(answer.docs.map(({ embedding }) => firstValue(embedding!.buffer)), [1, 2, 3]);
    const empty = client.unary("/jina.JinaDataRequestRPC/process_data");
    assert.equal((await statusOf(empty)).code, status.INVALID_ARGUMENT);
  }));

Deno.test("stream_doc, dry_run, _status, endpoint_discovery and process_control answer", () =>
  withGrpc(async ({ lifecycle }, client) => {
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    const document = encodeMessage((sink) => {
      sink.begin(34);
      sink.string(10, "id");
      sink.string(34, "hello");
      sink.end();
    });
    const stream = client.serverStream("/jina.JinaSingleDocumentRequestRPC/stream_doc", document);
    const docs: Uint8Array[] = [];
    stream.on("data", (bytes) => docs.push(bytes));
    await new Promise((resolve, reject) => stream.on("end", resolve).on("error", reject));
    assert.equal(docs.length, 1);
    assert.match(text(docs[0]!), /numpy/);
    assert.deepEqual(await client.unary("/jina.JinaGatewayDryRunRPC/dry_run"), new Uint8Array(0));
    assert.match(text(await client.unary("/jina.JinaInfoRPC/_status")), /clipline/);
    const endpoints = await client.unary("/jina.JinaDiscoverEndpointsRPC/endpoint_discovery");
    assert.match(text(endpoints), /\/encode.*\/rank/s);
    const control = Uint8Array.of(16, 1);
    const path = "/jina.JinaControlRequestRPC/process_control";
    assert.deepEqual(await client.unary(path, control), control);
    lifecycle.enter("starting");
    assert.match(text(await client.unary("/jina.JinaGatewayDryRunRPC/dry_run")), /starting/);
    assert.equal((await statusOf(client.call([textRequest(["a"])]))).code, status.UNAVAILABLE);
  }));

Deno.test("authorization is accepted, and no other metadata disturbs", () =>
  withGrpc(async (_, client) => {
    const metadata = new Metadata();
    metadata.set("authorization", "secret-token");
    metadata.set("__results_in_order__", "true");
    metadata.set("x-bin", Buffer.from([1, 2, 3]));
    assert.equal((await client.call([textRequest(["a"])], metadata)).length, 1);
  }));

Deno.test("Stopping ends streams once nothing of them is in work, and refuses new calls", () =>
  withGrpc(async (gateways, client) => {
    const { encoder } = gateways;
    encoder.held = true;
    const busy = client.stream();
    const answers: Uint8Array[] = [];
    busy.on("data", (bytes) => answers.push(bytes));
    const busyEnd = statusOf(new Promise((_, reject) => busy.on("error", reject)));
    busy.write(encodeRequestProto(textRequest(["a"])));
    const idle = client.stream();
    idle.on("data", () => {});
    const idleEnd = statusOf(new Promise((_, reject) => idle.on("error", reject)));
    await settle(() => encoder.inside === 1);
    const stopped = gateways.stop();
    assert.equal((await idleEnd).code, status.UNAVAILABLE);
    assert.equal(answers.length, 0);
    encoder.release();
    const { code, details } = await busyEnd;
    assert.deepEqual([code, details], [status.UNAVAILABLE, "The server is stopping"]);
    assert.equal(answers.length, 1);
    await stopped;
    const late = new GrpcClient(gateways.url("grpc"));
    assert.equal((await statusOf(late.call([textRequest(["a"])]))).code, status.UNAVAILABLE);
    late.close();
  }));

for (
  const [compression, coding, unpack] of [
    ["NoCompression", "identity", undefined],
    ["Gzip", "gzip", gunzipSync],
    ["Deflate", "deflate", inflateSync],
  ] as const
) {
  Deno.test(`compression: ${compression} sends large answers as ${coding}, small ones as they are`, () =>
    withGrpc(async (gateways) => {
      const session = connect(gateways.url("grpc").replace("grpc:", "http:"));
      for (const length of [10, 5000]) {
        const stream = session.request({
          ":method": "POST",
          ":path": "/jina.JinaRPC/Call",
          "content-type": "application/grpc",
          te: "trailers",
          "grpc-accept-encoding": "identity, deflate, gzip",
        });
        const request = encodeRequestProto(textRequest(["x".repeat(length)]));
        const message = Buffer.alloc(request.length + 5);
        message.writeUInt32BE(request.length, 1);
        message.set(request, 5);
        stream.end(message);
        const headers = await new Promise<Record<string, unknown>>((resolve) =>
          stream.once("response", resolve)
        );
        assert.equal(headers["grpc-encoding"], coding);
        const parts: Buffer[] = [];
        for await (const part of stream) parts.push(part);
        const frame = Buffer.concat(parts);
        const packed = unpack !== undefined && length > 1000;
        assert.equal(frame[0], packed ? 1 : 0);
        assert.equal(frame.readUInt32BE(1), frame.length - 5);
        const body = frame.subarray(5);
        const answer = decodeResponseProto(packed ? unpack(body) : body);
        assert.equal(answer.docs[0]!.text!.length, length);
        if (packed) assert.ok(frame.length < 1000);
      }
      session.close();
    }, { gateway: [`compression: ${compression}`] }));
}
