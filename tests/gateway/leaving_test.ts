/** What clients hear from a server that is about to stop, and still serves. */
import assert from "node:assert/strict";
import { encodeRequestProto } from "../../src/dialects/jina/proto/request.ts";
import { openGateways, type TestGateways } from "../support/gateways.ts";
import { GrpcClient, textRequest } from "../support/grpc_client.ts";
import { CODE, FLAG, FRAME, type Frame, frameBytes, grpcMessage } from "../support/http2_wire.ts";
import { WireClient } from "../support/http2_wire.ts";
import { untilSo } from "../support/until.ts";
import { WsClient } from "../support/ws_client.ts";

const CHECK = "/grpc.health.v1.Health/Check";
const NOT_SERVING = Uint8Array.of(8, 2);
const ANY_STREAM = 2 ** 31 - 1;

const isGoaway = ({ type }: Frame) => type === FRAME.GOAWAY;
const isPing = ({ type, flags }: Frame) => type === FRAME.PING && !(flags & FLAG.ACK);

async function encode(url: string): Promise<Response> {
  const answer = await fetch(`${url}/encode`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data: [{ text: "a" }] }),
  });
  await answer.body?.cancel();
  return answer;
}

function leave({ lifecycle, listening }: TestGateways): void {
  lifecycle.enter("leaving");
  for (const one of listening) one.retire?.();
}

Deno.test("A server that leaves is not ready, serves over HTTP, and closes with each answer", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const url = gateways.url("http");
  gateways.lifecycle.enter("leaving");
  const ready = await fetch(`${url}/healthz/ready`);
  assert.equal(ready.status, 503);
  assert.equal((await ready.json()).status, "leaving");
  const answer = await encode(url);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("connection"), "close");
});

Deno.test("An answer that was under way when the server began to leave closes its connection too", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  gateways.encoder.held = true;
  const answer = encode(gateways.url("http"));
  await untilSo(() => gateways.encoder.inside === 1);
  gateways.lifecycle.enter("leaving");
  gateways.encoder.release();
  assert.equal((await answer).status, 200);
  assert.equal((await answer).headers.get("connection"), "close");
});

Deno.test("A server that leaves takes WebSockets and their messages, and tells them at the end", async () => {
  await using gateways = await openGateways({ protocol: "websocket" });
  const url = gateways.url("websocket");
  const before = await new WsClient(url, ["json"]).open();
  leave(gateways);
  const after = await new WsClient(url, ["json"]).open();
  for (const socket of [before, after]) {
    socket.send(JSON.stringify({ execEndpoint: "/encode", data: [{ text: "a" }] }));
    const [frame] = await socket.take(1);
    assert.equal(JSON.parse(new TextDecoder().decode(frame!.bytes)).data[0].embedding.length, 4);
  }
  const stopped = gateways.stop();
  for (const socket of [before, after]) {
    assert.deepEqual(await socket.closed, { code: 1001, reason: "The server is stopping" });
  }
  await stopped;
});

Deno.test("gRPC clients of a server that leaves are asked to move, and lose no call by it", async () => {
  await using gateways = await openGateways();
  const client = await WireClient.connect(gateways.url("grpc"));
  await client.roundTrip();
  leave(gateways);
  const told = await client.first(isGoaway);
  assert.equal(told.payload.readUInt32BE(0), ANY_STREAM);
  assert.equal(told.payload.readUInt32BE(4), CODE.NO_ERROR);
  assert.equal(told.payload.subarray(8).toString(), "server_leaving");
  const ping = await client.first(isPing);
  client.call(1, "/jina.JinaRPC/Call");
  const request = grpcMessage(encodeRequestProto(textRequest(["a"])));
  client.send(
    frameBytes(FRAME.DATA, request, FLAG.END_STREAM, 1),
    frameBytes(FRAME.PING, ping.payload, FLAG.ACK),
  );
  await client.first(({ type, stream }) => type === FRAME.DATA && stream === 1);
  await client.closed();
  assert.equal(gateways.encoder.calls, 1);
});

Deno.test("Health over gRPC says NOT_SERVING as soon as the server leaves, and calls go on", async () => {
  await using gateways = await openGateways();
  const client = new GrpcClient(gateways.url("grpc"));
  const watch = client.serverStream("/grpc.health.v1.Health/Watch", new Uint8Array());
  const told: Uint8Array[] = [];
  watch.on("data", (bytes) => told.push(bytes));
  watch.on("error", () => {});
  await untilSo(() => told.length === 1);
  gateways.lifecycle.enter("leaving");
  await untilSo(() => told.length === 2);
  assert.deepEqual(told[1], NOT_SERVING);
  assert.deepEqual(await client.unary(CHECK), NOT_SERVING);
  assert.equal((await client.call([textRequest(["a"])])).length, 1);
  client.close();
});
