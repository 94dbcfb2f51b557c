import assert from "node:assert/strict";
import { ControlLimit } from "../../../src/gateway/grpc/control_limit.ts";
import { encodeRequestProto } from "../../../src/dialects/jina/proto/request.ts";
import { openGateways } from "../../support/gateways.ts";
import { textRequest } from "../../support/grpc_client.ts";
import {
  callHeaders,
  CODE,
  FLAG,
  FRAME,
  frameBytes,
  grpcMessage,
  settings,
  uint32,
  WireClient,
} from "../../support/http2_wire.ts";
import { untilSo } from "../../support/until.ts";

const PING = { type: FRAME.PING, flags: 0, stream: 0 };
const SETTINGS = { type: FRAME.SETTINGS, flags: 0, stream: 0 };
const ping = frameBytes(FRAME.PING, new Uint8Array(8));

/** A limit and its clock. */
function limited(minPingIntervalMs: number) {
  const clock = { now: 0 };
  return { clock, limit: new ControlLimit(minPingIntervalMs, () => clock.now) };
}

Deno.test("The third ping that comes too early is one too many", () => {
  const { limit, clock } = limited(1000);
  for (const now of [0, 999, 1998]) {
    clock.now = now;
    assert.equal(limit.received(PING), undefined);
  }
  clock.now = 2997;
  assert.equal(limit.received(PING), "too_many_pings");
});

Deno.test("Pings in time, after an answer, and acknowledgements are no abuse", () => {
  const { limit, clock } = limited(1000);
  for (let i = 0; i < 100; i++, clock.now += 1000) assert.equal(limit.received(PING), undefined);
  for (let i = 0; i < 100; i++) {
    limit.answered();
    assert.equal(limit.received(PING), undefined);
  }
  for (let i = 0; i < 1000; i++) {
    assert.equal(limit.received({ ...PING, flags: FLAG.ACK }), undefined);
    assert.equal(limit.received({ ...SETTINGS, flags: FLAG.ACK }), undefined);
  }
});

Deno.test("An interval of 0 bounds no pings, and settings are bounded all the same", () => {
  const { limit } = limited(0);
  for (let i = 0; i < 1000; i++) assert.equal(limit.received(PING), undefined);
  const told = Array.from({ length: 101 }, () => limit.received(SETTINGS));
  assert.deepEqual(told.slice(0, 100), new Array(100).fill(undefined));
  assert.equal(told[100], "too_many_settings");
});

Deno.test("Window updates are bounded by what is answered", () => {
  const { limit } = limited(0);
  const update = { type: FRAME.WINDOW_UPDATE, flags: 0, stream: 1 };
  for (let i = 0; i < 10_000; i++) {
    limit.answered();
    for (let n = 0; n < 2; n++) assert.equal(limit.received(update), undefined);
  }
  const flood = Array.from({ length: 50_000 }, () => limit.received(update));
  assert.equal(flood.at(-1), "too_many_window_updates");
});

Deno.test("A client that pings too often is told to calm down, and what it asked for is dropped", async () => {
  await using gateways = await openGateways();
  gateways.encoder.held = true;
  const client = await WireClient.connect(gateways.url("grpc"));
  client.call(1, "/jina.JinaRPC/Call");
  const request = grpcMessage(encodeRequestProto(textRequest(["a"])));
  client.send(frameBytes(FRAME.DATA, request, 0, 1));
  await untilSo(() => gateways.encoder.inside === 1);
  for (let i = 0; i < 4; i++) client.send(ping);
  const { payload } = await client.first(({ type }) => type === FRAME.GOAWAY);
  assert.equal(payload.readUInt32BE(0), 1);
  assert.equal(payload.readUInt32BE(4), CODE.ENHANCE_YOUR_CALM);
  assert.equal(payload.subarray(8).toString(), "too_many_pings");
  await client.closed();
  await untilSo(() => gateways.encoder.aborted === 1);
});

Deno.test("min_ping_interval_ms: 0 lets a client ping as it likes", async () => {
  await using gateways = await openGateways({ gateway: ["min_ping_interval_ms: 0"] });
  const client = await WireClient.connect(gateways.url("grpc"));
  for (let i = 0; i < 50; i++) await client.roundTrip();
  client.close();
});

// Not ours to bound: this shows that it is bounded.
const FLOODS: Record<string, (stream: number) => Uint8Array[]> = {
  settings: () => [frameBytes(FRAME.SETTINGS, settings({}))],
  resets: (stream) => [
    frameBytes(FRAME.HEADERS, callHeaders("/none"), FLAG.END_HEADERS, stream),
    frameBytes(FRAME.RST_STREAM, uint32(CODE.CANCEL), 0, stream),
  ],
  priorities: (stream) => [frameBytes(FRAME.PRIORITY, Uint8Array.of(0, 0, 0, 0, 1), 0, stream)],
  "window updates": () => [frameBytes(FRAME.WINDOW_UPDATE, uint32(1))],
  "unknown frames": () => [frameBytes(99, new Uint8Array(0))],
};

for (const [name, make] of Object.entries(FLOODS)) {
  Deno.test(`A flood of ${name} ends the connection`, async () => {
    await using gateways = await openGateways();
    const client = await WireClient.connect(gateways.url("grpc"));
    const ended = client.closed();
    for (let i = 0; i < 5000 && !client.socket.destroyed; i++) client.send(...make(2 * i + 1));
    await ended;
  });
}
