import assert from "node:assert/strict";
import { encodeRequestProto } from "../../../src/dialects/jina/proto/request.ts";
import { openGateways } from "../../support/gateways.ts";
import { textRequest } from "../../support/grpc_client.ts";
import {
  FLAG,
  FRAME,
  frameBytes,
  grpcMessage,
  SETTING,
  settingsOf,
  WireClient,
} from "../../support/http2_wire.ts";

const MIB = 2 ** 20;
/** What a client may send before it has heard of other windows (RFC 9113, section 6.9.2). */
const FIRST_WINDOW = 2 ** 16 - 1;
const FRAME_BYTES = 2 ** 14;
const CALL = "/jina.JinaRPC/Call";
const CHECK = "/grpc.health.v1.Health/Check";

const request = (length: number) =>
  grpcMessage(encodeRequestProto(textRequest(["x".repeat(length)])));

Deno.test("Clients are told of a window of 1 MiB a stream, 4 MiB a connection, and 100 streams", async () => {
  await using gateways = await openGateways();
  const client = await WireClient.connect(gateways.url("grpc"));
  const told = settingsOf(await client.first(({ type }) => type === FRAME.SETTINGS));
  assert.equal(told.get(SETTING.INITIAL_WINDOW_SIZE), MIB);
  assert.equal(told.get(SETTING.MAX_CONCURRENT_STREAMS), 100);
  await client.first(({ type, stream }) => type === FRAME.WINDOW_UPDATE && stream === 0);
  assert.equal(FIRST_WINDOW + client.granted(0), 4 * MIB);
  client.close();
});

Deno.test("A stream that is not read takes 1 MiB, and does not stop its neighbours", async () => {
  await using gateways = await openGateways({
    gateway: ["prefetch: 1", "min_ping_interval_ms: 0"],
  });
  gateways.encoder.held = true;
  const client = await WireClient.connect(gateways.url("grpc"));
  // The windows hold as soon as the server has the acknowledgement of its settings.
  await client.first(({ type }) => type === FRAME.SETTINGS);
  await client.roundTrip();
  client.call(1, CALL);
  client.send(frameBytes(FRAME.DATA, request(1), 0, 1));
  while (gateways.encoder.inside === 0) await client.roundTrip();

  const waiting = [3, 5, 7, 9, 11, 13];
  const message = request(3 * MIB);
  for (const stream of waiting) {
    client.call(stream, CALL);
    for (let sent = 0; sent < MIB; sent += FRAME_BYTES) {
      const part = message.subarray(sent, sent + FRAME_BYTES);
      client.send(frameBytes(FRAME.DATA, part, 0, stream));
    }
    await client.roundTrip();
  }
  for (const stream of waiting) assert.equal(client.granted(stream), 0);
  client.call(15, CHECK);
  client.send(frameBytes(FRAME.DATA, grpcMessage(new Uint8Array(0)), FLAG.END_STREAM, 15));
  await client.first(({ type, stream }) => type === FRAME.DATA && stream === 15);
  client.close();
});
