import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { encodeRequestProto } from "../../../src/dialects/jina/proto/request.ts";
import { openGateways } from "../../support/gateways.ts";
import { textRequest } from "../../support/grpc_client.ts";
import { untilSo } from "../../support/until.ts";
import {
  CODE,
  FLAG,
  FRAME,
  type Frame,
  frameBytes,
  grpcMessage,
  WireClient,
} from "../../support/http2_wire.ts";

const CHECK = "/grpc.health.v1.Health/Check";
const ANY_STREAM = 2 ** 31 - 1;

const isGoaway = ({ type }: Frame) => type === FRAME.GOAWAY;
const lastStream = ({ payload }: Frame) => payload.readUInt32BE(0);

Deno.test("An old connection takes what was sent before the client heard, answers, and ends", async () => {
  await using gateways = await openGateways({ gateway: ["max_connection_age_ms: 50"] });
  const client = await WireClient.connect(gateways.url("grpc"));
  const told = await client.first(isGoaway);
  assert.equal(lastStream(told), ANY_STREAM);
  assert.equal(told.payload.readUInt32BE(4), CODE.NO_ERROR);
  assert.equal(told.payload.subarray(8).toString(), "max_age");
  const ping = await client.first(({ type, flags }) => type === FRAME.PING && !(flags & FLAG.ACK));

  client.call(1, CHECK);
  client.send(
    frameBytes(FRAME.DATA, grpcMessage(new Uint8Array(0)), FLAG.END_STREAM, 1),
    frameBytes(FRAME.PING, ping.payload, FLAG.ACK),
  );
  await client.first(({ type, stream }) => type === FRAME.DATA && stream === 1);
  const last = await client.first((frame) => isGoaway(frame) && frame !== told);
  assert.equal(lastStream(last), 1);
  await client.closed();
});

Deno.test("A call that outlasts the grace ends with the connection, and not before", async () => {
  const [age, grace] = [1000, 300];
  await using gateways = await openGateways({
    gateway: [`max_connection_age_ms: ${age}`, `max_connection_age_grace_ms: ${grace}`],
  });
  gateways.encoder.held = true;
  const began = performance.now();
  const client = await WireClient.connect(gateways.url("grpc"));
  client.call(1, "/jina.JinaRPC/Call");
  const request = grpcMessage(encodeRequestProto(textRequest(["a"])));
  client.send(frameBytes(FRAME.DATA, request, 0, 1));
  await client.first(isGoaway);
  await client.closed();
  assert.ok(performance.now() - began > 0.9 * age + grace - 5);
  // To gRPC's clients a connection that breaks off is UNAVAILABLE, a reset would be their mistake.
  assert.ok(!client.frames.some(({ type }) => type === FRAME.RST_STREAM));
  await untilSo(() => gateways.encoder.aborted === 1);
});

Deno.test("Connections live as long as their clients like unless the flow says otherwise", async () => {
  await using gateways = await openGateways({ gateway: ["min_ping_interval_ms: 0"] });
  const client = await WireClient.connect(gateways.url("grpc"));
  const end = performance.now() + 200;
  while (performance.now() < end) await client.roundTrip();
  assert.ok(!client.frames.some(isGoaway));
  client.close();
});

/** Clients that are no Deno: that one dies of a GOAWAY that comes while it calls (2.9.6). */
const CLIENTS = [
  { name: "grpc-js", command: "node", probe: ["--version"], file: "moving_client.mjs" },
  {
    name: "C-core",
    command: "/usr/bin/python3",
    probe: ["-c", "import grpc"],
    file: "moving_client.py",
  },
];

function runs(command: string, args: string[]): boolean {
  try {
    return new Deno.Command(command, { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}

for (const { name, command, probe, file } of CLIENTS) {
  const ignore = !runs(command, probe) && Deno.env.get("CI") !== "true";
  if (ignore) {
    const line = `SKIPPED: the client on ${name} needs \`${command} ${probe.join(" ")}\` to work\n`;
    Deno.stderr.writeSync(new TextEncoder().encode(line));
  }
  Deno.test({
    name: `A client on ${name} loses no call while its connections move`,
    ignore,
    fn: async () => {
      await using gateways = await openGateways({ gateway: ["max_connection_age_ms: 500"] });
      const address = gateways.url("grpc").replace("grpc://", "");
      const { code, stdout, stderr } = await new Deno.Command(command, {
        args: [fileURLToPath(new URL(file, import.meta.url)), address],
      }).output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));
      assert.match(new TextDecoder().decode(stdout), /^[1-9]\d+ calls, 0 lost\n$/);
    },
  });
}
