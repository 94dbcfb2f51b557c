/** What messages take beyond their bytes when they are decoded is held as well, in every protocol. */
import assert from "node:assert/strict";
import { status as grpcStatus } from "@grpc/grpc-js";
import { encodeRequestProto } from "../../src/dialects/jina/proto/request.ts";
import { openGateways, type TestGateways } from "../support/gateways.ts";
import { GrpcClient, statusOf, textRequest } from "../support/grpc_client.ts";
import { WsClient } from "../support/ws_client.ts";

const UNARY = "/jina.JinaSingleDataRequestRPC/process_single_data";
/** Two bytes each as protobuf, some hundreds as objects. */
const MANY = 30_000;
const heavy = { ...textRequest([]), docs: Array.from({ length: MANY }, () => ({ id: "" })) };
const light = textRequest(["a"]);

function open(): Promise<TestGateways> {
  return openGateways({
    protocol: "[grpc, http, websocket]",
    gateway: ["max_message_bytes: 1048576", "max_held_bytes: 4194304"],
  });
}

async function post(gateways: TestGateways, data: unknown[]): Promise<number> {
  const response = await fetch(`${gateways.url("http")}/post`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data }),
  });
  const text = await response.text();
  if (response.status !== 200) assert.match(text, /max_held_bytes/);
  return response.status;
}

Deno.test("an HTTP body whose documents weigh too much is refused, the next one is served", async () => {
  await using gateways = await open();
  assert.equal(await post(gateways, heavy.docs), 503);
  assert.equal(await post(gateways, light.docs), 200);
});

Deno.test("a gRPC message whose documents weigh too much ends its call, the next one is served", async () => {
  await using gateways = await open();
  const client = new GrpcClient(gateways.url("grpc"));
  try {
    const { code } = await statusOf(client.call([heavy]));
    assert.equal(code, grpcStatus.RESOURCE_EXHAUSTED);
    const unary = await statusOf(client.unary(UNARY, encodeRequestProto(heavy)));
    assert.equal(unary.code, grpcStatus.RESOURCE_EXHAUSTED);
    assert.equal((await client.call([light])).length, 1);
  } finally {
    client.close();
  }
});

Deno.test("a WebSocket frame whose documents weigh too much ends its connection, the next one is served", async () => {
  await using gateways = await open();
  const url = `${gateways.url("websocket")}/`;
  const first = await new WsClient(url).open();
  first.send(encodeRequestProto(heavy));
  assert.equal((await first.closed).code, 1013);
  const second = await new WsClient(url).open();
  second.send(encodeRequestProto(light));
  assert.equal((await second.take(1)).length, 1);
  await second.close();
});
