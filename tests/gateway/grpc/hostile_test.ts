import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { constants } from "node:http2";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { status } from "@grpc/grpc-js";
import {
  decodeResponseProto,
  encodeRequestProto,
} from "../../../src/dialects/jina/proto/request.ts";
import { Certificates } from "../../support/certificates.ts";
import { openGateways, type TestGateways } from "../../support/gateways.ts";
import { GrpcClient, textRequest } from "../../support/grpc_client.ts";
import {
  FLAG,
  FRAME,
  type Frame,
  frameBytes,
  grpcMessage,
  WireClient,
} from "../../support/http2_wire.ts";
import { CallClient } from "../../support/open_call.ts";
import { closed } from "../../support/socket_end.ts";
import { untilSo } from "../../support/until.ts";

const UNARY = "/jina.JinaSingleDataRequestRPC/process_single_data";
const STREAM = "/jina.JinaRPC/Call";
const KIB = 2 ** 10;
const MIB = 2 ** 20;

const request = (text: string) => encodeRequestProto(textRequest([text]));

/** Whether somebody else is served now. */
async function served(gateways: TestGateways): Promise<boolean> {
  const client = new GrpcClient(gateways.url("grpc"));
  try {
    await client.unary(UNARY, request("a"));
    return true;
  } finally {
    client.close();
  }
}

const packedMessage = (message: Uint8Array) => {
  const frame = grpcMessage(gzipSync(message));
  frame[0] = 1;
  return frame;
};

Deno.test("Calls that send no message take no place", async () => {
  await using gateways = await openGateways({ gateway: ["prefetch: 2"] });
  using client = new CallClient(gateways.url("grpc"));
  const calls = Array.from({ length: 50 }, () => client.open(UNARY));
  for (const call of calls) await call.send(Uint8Array.of(0, 0));
  assert.ok(await served(gateways));
});

Deno.test("A call whose message does not come, or stops on its way, is DEADLINE_EXCEEDED", async () => {
  await using gateways = await openGateways({ gateway: ["receive_timeout_ms: 100"] });
  using client = new CallClient(gateways.url("grpc"));
  const silent = client.open(UNARY);
  const begun = client.open(UNARY);
  await begun.send(grpcMessage(new Uint8Array(1000)).subarray(0, 500));
  const unended = client.open(UNARY);
  await unended.send(grpcMessage(request("a")));
  for (const call of [silent, begun, unended]) {
    const { status: code, details } = await call.take().ended;
    assert.equal(code, status.DEADLINE_EXCEEDED);
    assert.match(details!, /receive_timeout_ms/);
  }
});

Deno.test("A stream may be silent as long as it likes, between messages and not within one", async () => {
  await using gateways = await openGateways({ gateway: ["receive_timeout_ms: 100"] });
  using client = new CallClient(gateways.url("grpc"));
  const idle = client.open(STREAM).take();
  const cut = client.open(STREAM).take();
  await cut.send(grpcMessage(request("a")));
  await untilSo(() => cut.answered.length > 0);
  await cut.send(Uint8Array.of(0, 0));
  assert.equal((await cut.ended).status, status.DEADLINE_EXCEEDED);
  await idle.send(grpcMessage(request("a")));
  await untilSo(() => idle.answered.length > 0);
  idle.stream.end();
  assert.equal((await idle.ended).status, status.OK);
});

Deno.test("Unfinished messages of one connection are bounded, and those of others go on", async () => {
  await using gateways = await openGateways({ gateway: ["max_receiving_per_connection: 3"] });
  using client = new CallClient(gateways.url("grpc"));
  const calls = Array.from({ length: 3 }, () => client.open(UNARY));
  for (const call of calls) await call.send(Uint8Array.of(0));
  const { status: code, details } = await client.open(UNARY).take().ended;
  assert.equal(code, status.RESOURCE_EXHAUSTED);
  assert.match(details!, /max_receiving_per_connection/);
  assert.ok(await served(gateways));
});

Deno.test("What streams send ahead is counted, and given back when they end", async () => {
  await using gateways = await openGateways({
    gateway: ["prefetch: 1", "max_message_bytes: 2097152", "max_held_bytes: 4194304"],
  });
  gateways.encoder.held = true;
  const working = new GrpcClient(gateways.url("grpc"));
  const answer = working.unary(UNARY, request("a"));
  await untilSo(() => gateways.encoder.inside === 1);
  // The place is taken: none of these is read, each may send a window of a mebibyte.
  const client = new CallClient(gateways.url("grpc"));
  const streams = Array.from({ length: 8 }, () => client.open(STREAM).take());
  const frame = grpcMessage(new Uint8Array(900 * KIB));
  for (const stream of streams) stream.stream.write(frame);
  const refused = await Promise.race(streams.map(({ ended }) => ended));
  assert.equal(refused.status, status.RESOURCE_EXHAUSTED);
  assert.match(refused.details!, /max_held_bytes/);
  client.session.destroy();
  gateways.encoder.held = false;
  gateways.encoder.release();
  await answer;
  working.close();
  for (let i = 0; i < 6; i++) assert.ok(await served(gateways));
  const large = new GrpcClient(gateways.url("grpc"));
  for (let i = 0; i < 6; i++) await large.unary(UNARY, request("x".repeat(MIB)));
  large.close();
});

Deno.test("Under pressure the message that has waited longest for its own bytes goes first", async () => {
  await using gateways = await openGateways({
    gateway: ["max_message_bytes: 2097152", "max_held_bytes: 4200000"],
  });
  using client = new CallClient(gateways.url("grpc"));
  const stuck = client.open(UNARY).take();
  await stuck.send(grpcMessage(new Uint8Array(MIB)).subarray(0, 900 * KIB));
  const other = new GrpcClient(gateways.url("grpc"));
  await other.unary(UNARY, request("x".repeat(MIB)));
  // Its text is held twice, as bytes and decoded.
  await other.unary(UNARY, request("x".repeat(1.7 * MIB)));
  other.close();
  const { status: code, details } = await stuck.ended;
  assert.equal(code, status.RESOURCE_EXHAUSTED);
  assert.match(details!, /waited\s+longest/);
});

Deno.test("What a stream sends ahead in tiny pieces is kept in few, and read whole", async () => {
  await using gateways = await openGateways({ gateway: ["prefetch: 1"] });
  gateways.encoder.held = true;
  const client = await WireClient.connect(gateways.url("grpc"));
  client.call(1, STREAM);
  client.send(frameBytes(FRAME.DATA, grpcMessage(request("a")), 0, 1));
  await untilSo(() => gateways.encoder.inside === 1);
  const ahead = Buffer.concat(new Array<Buffer>(100).fill(grpcMessage(request("b"))));
  client.send(...[...ahead].map((byte) => frameBytes(FRAME.DATA, Uint8Array.of(byte), 0, 1)));
  client.send(frameBytes(FRAME.DATA, grpcMessage(request("c".repeat(10 * KIB))), 0, 1));
  client.send(frameBytes(FRAME.DATA, grpcMessage(request("d")), FLAG.END_STREAM, 1));
  await client.roundTrip();
  gateways.encoder.held = false;
  gateways.encoder.release();
  const isEnd = ({ type, flags, stream }: Frame) =>
    type === FRAME.HEADERS && stream === 1 && (flags & FLAG.END_STREAM) !== 0;
  await client.first(isEnd);
  assert.equal(gateways.encoder.calls, 103);
  client.close();
});

Deno.test("A reset that tells no error ends a call, whatever of it is unread", async () => {
  await using gateways = await openGateways({ gateway: ["prefetch: 1"] });
  gateways.encoder.held = true;
  const client = await WireClient.connect(gateways.url("grpc"));
  client.call(1, STREAM);
  const message = frameBytes(FRAME.DATA, grpcMessage(request("a")), 0, 1);
  client.send(message);
  await untilSo(() => gateways.encoder.inside === 1);
  client.send(message, message);
  await client.roundTrip();
  client.send(frameBytes(FRAME.RST_STREAM, new Uint8Array(4), 0, 1));
  await untilSo(() => gateways.encoder.aborted === 1);
  client.close();
});

Deno.test("Calls of unknown methods leave room for others", async () => {
  await using gateways = await openGateways();
  const client = await WireClient.connect(gateways.url("grpc"));
  const isEnd = (stream: number) => (frame: Frame) =>
    frame.type === FRAME.HEADERS && frame.stream === stream &&
    (frame.flags & FLAG.END_STREAM) !== 0;
  for (let stream = 1; stream < 1001; stream += 2) {
    client.call(stream, "/jina.Nobody/knows");
    client.send(frameBytes(FRAME.DATA, grpcMessage(request("a")), FLAG.END_STREAM, stream));
    await client.first(isEnd(stream));
  }
  client.close();
  assert.ok(await served(gateways));
});

Deno.test("A large answer comes whole, piece by piece", async () => {
  await using gateways = await openGateways();
  const client = new GrpcClient(gateways.url("grpc"));
  const text = "0123456789".repeat(300_000);
  const answer = decodeResponseProto(await client.unary(UNARY, request(text)));
  assert.ok(answer.docs[0]!.text === text);
  client.close();
});

Deno.test("Reflection takes no large question, and no nonsense", async () => {
  await using gateways = await openGateways();
  using client = new CallClient(gateways.url("grpc"));
  for (
    const [question, code] of [
      [new Uint8Array(100 * KIB), status.RESOURCE_EXHAUSTED],
      [Uint8Array.of(255, 255), status.INVALID_ARGUMENT],
    ] as const
  ) {
    const call = client.open("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo").take();
    call.stream.end(grpcMessage(question));
    assert.equal((await call.ended).status, code);
  }
});

Deno.test("A message that unpacks to much more than was sent is refused, whatever it holds", async () => {
  await using gateways = await openGateways();
  using client = new CallClient(gateways.url("grpc"));
  const bomb = client.open(UNARY, { "grpc-encoding": "gzip" }).take();
  bomb.stream.end(packedMessage(new Uint8Array(32 * MIB)));
  const { status: code, details } = await bomb.ended;
  assert.equal(code, status.RESOURCE_EXHAUSTED);
  assert.match(details!, /max_unpacked_ratio/);
  const small = client.open(UNARY, { "grpc-encoding": "gzip" }).take();
  small.stream.end(packedMessage(request("x".repeat(500_000))));
  assert.equal((await small.ended).status, status.OK);
});

Deno.test("Messages that are not what their head says end their call", async () => {
  await using gateways = await openGateways();
  using client = new CallClient(gateways.url("grpc"));
  const unpackable = Buffer.concat([Buffer.of(1, 0, 0, 0, 3), Buffer.from("abc")]);
  const cases: [headers: Record<string, string>, bytes: Uint8Array, code: number][] = [
    [{ "grpc-encoding": "gzip" }, unpackable, status.INVALID_ARGUMENT],
    [{ "grpc-encoding": "snappy" }, unpackable, status.UNIMPLEMENTED],
    [{}, unpackable, status.INTERNAL],
    [{}, Buffer.of(7, 0, 0, 0, 0), status.INVALID_ARGUMENT],
    [{}, grpcMessage(new Uint8Array(9)).subarray(0, 8), status.INVALID_ARGUMENT],
    [{ "grpc-timeout": "soon" }, grpcMessage(request("a")), status.INVALID_ARGUMENT],
  ];
  for (const [headers, bytes, code] of cases) {
    const call = client.open(UNARY, headers).take();
    call.stream.end(bytes);
    assert.equal((await call.ended).status, code);
  }
});

Deno.test("A deadline beyond what timers count is no deadline", async () => {
  await using gateways = await openGateways();
  using client = new CallClient(gateways.url("grpc"));
  const call = client.open(UNARY, { "grpc-timeout": "90000000S" }).take();
  call.stream.end(grpcMessage(request("a")));
  assert.equal((await call.ended).status, status.OK);
});

Deno.test("A client that takes no answer is given up, and its place is free before", async () => {
  await using gateways = await openGateways({
    gateway: ["prefetch: 1", "receive_timeout_ms: 200"],
  });
  using client = new CallClient(gateways.url("grpc"), 100);
  const call = client.open(UNARY);
  call.stream.end(grpcMessage(request("x".repeat(10_000))));
  await once(call.stream, "response");
  assert.ok(await served(gateways));
  assert.deepEqual(await call.ended, { reset: constants.NGHTTP2_CANCEL });
});

Deno.test("A client that takes its answer slowly, and faster than it must, gets all of it", async () => {
  await using gateways = await openGateways({ gateway: ["receive_timeout_ms: 1000"] });
  using client = new CallClient(gateways.url("grpc"), 16 * KIB);
  const call = client.open(UNARY);
  call.stream.end(grpcMessage(request("x".repeat(350 * KIB))));
  // 100 KiB a second: a slice of 256 KiB takes longer than a pause may.
  call.stream.on("data", (piece: Buffer) => {
    call.stream.pause();
    setTimeout(() => call.stream.resume(), piece.length / 100);
  });
  assert.equal((await call.ended).status, status.OK);
});

Deno.test("A deadline that passes while an answer is not taken ends the call", async () => {
  await using gateways = await openGateways();
  using client = new CallClient(gateways.url("grpc"), 100);
  // Long enough for the answer to be there before, on a busy machine too.
  const call = client.open(UNARY, { "grpc-timeout": "2S" });
  call.stream.end(grpcMessage(request("x".repeat(10_000))));
  assert.deepEqual(await call.ended, { reset: constants.NGHTTP2_CANCEL });
});

Deno.test("A client of HTTP/1 is told what listens here", async () => {
  await using gateways = await openGateways();
  const answer = await fetch(gateways.url("grpc").replace("grpc", "http"));
  assert.equal(answer.status, 400);
  assert.match(await answer.text(), /gRPC/);
});

for (const tls of [false, true]) {
  Deno.test(`A connection that says nothing ends, ${tls ? "with" : "without"} TLS`, async () => {
    using certificates = new Certificates();
    certificates.selfSigned("own");
    await using gateways = await openGateways({
      gateway: [
        "receive_timeout_ms: 100",
        ...(tls
          ? [
            `ssl_certfile: ${certificates.path("own.crt")}`,
            `ssl_keyfile: ${certificates.path("own.key")}`,
          ]
          : []),
      ],
    });
    const { port } = new URL(gateways.url("grpc").replace(/^grpcs?/, "http"));
    const socket = connect(Number(port), "127.0.0.1");
    socket.resume();
    await closed(socket);
  });
}

Deno.test("Connections beyond the limit are closed, and taken again when others have gone", async () => {
  await using gateways = await openGateways({ gateway: ["max_connections: 2"] });
  const { port } = new URL(gateways.url("grpc").replace("grpc", "http"));
  const open = async () => {
    const socket = connect(Number(port), "127.0.0.1");
    socket.on("error", () => {});
    await once(socket, "connect");
    return socket;
  };
  const sockets = [await open(), await open()];
  // It may be closed before it has heard that it is open.
  await closed(connect(Number(port), "127.0.0.1").resume());
  for (const socket of sockets) socket.destroy();
  // The server hears of their end a little later.
  for (let answer = ""; !answer.includes("400");) {
    const socket = connect(Number(port), "127.0.0.1");
    socket.on("data", (piece: Buffer) => answer += piece);
    socket.write("GET / HTTP/1.1\r\n\r\n");
    await closed(socket);
  }
});

Deno.test("Many messages in one piece are read as the stream's window allows", async () => {
  await using gateways = await openGateways({ gateway: ["prefetch: 5"] });
  using client = new CallClient(gateways.url("grpc"));
  const call = client.open(STREAM).take();
  const messages = new Array<Buffer>(2000).fill(grpcMessage(request("a")));
  call.stream.end(Buffer.concat(messages));
  assert.equal((await call.ended).status, status.OK);
  assert.equal(gateways.encoder.calls, messages.length);
  assert.ok(gateways.encoder.peak <= 5);
});
