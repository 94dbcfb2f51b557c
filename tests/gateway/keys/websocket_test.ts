import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { encodeRequestProto } from "../../../src/dialects/jina/proto/request.ts";
import { requestLog } from "../../../src/telemetry/request_log.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { openGateways, type TestGatewayOptions } from "../../support/gateways.ts";
import { textRequest } from "../../support/grpc_client.ts";
import { LogLines } from "../../support/log_lines.ts";
import { settle } from "../../support/turns.ts";
import { WsClient } from "../../support/ws_client.ts";

const KEY = "the-key/0123456789+abcdef=";
const SERVERS = ["node", "deno"];

const open = (keys: string, server: string, options: TestGatewayOptions = {}) =>
  openGateways({
    protocol: "websocket",
    ...options,
    gateway: [`api_keys: ${keys}`, `http_server: ${server}`],
  });

const subprotocol = (key: string) => `clipline.key.${Buffer.from(key).toString("base64url")}`;

const headers = { authorization: `Bearer ${KEY}` };

for (const server of SERVERS) {
  Deno.test(`a WebSocket is opened with a key, and refused with 401 otherwise (${server})`, async () => {
    await using gateways = await open(KEY, server);
    const url = gateways.url("websocket");
    const given: [string[], Record<string, string>][] = [
      [["bytes"], headers],
      [["bytes"], { "x-api-key": KEY }],
      [["bytes"], { "api-key": KEY }],
      [["bytes", subprotocol(KEY)], {}],
      [[subprotocol(KEY), "bytes"], {}],
    ];
    for (const [subprotocols, headers] of given) {
      const client = await new WsClient(url, subprotocols, { headers }).open();
      assert.equal(client.socket.protocol, "bytes");
      client.send(encodeRequestProto(textRequest(["hello"])));
      assert.equal((await client.take(1)).length, 1);
      await client.close();
    }
    const wrong: [string, string[], Record<string, string>][] = [
      [url, ["bytes"], {}],
      [url, ["bytes"], { authorization: `Bearer ${KEY}x` }],
      [url, ["bytes", subprotocol(`${KEY}x`)], {}],
      // Looking at all that somebody offers would keep the others waiting.
      [url, [...[1, 2, 3, 4].map((n) => subprotocol(`${KEY}${n}`)), subprotocol(KEY)], {}],
      [`${url}/nowhere`, ["bytes"], {}],
    ];
    for (const [url, subprotocols, headers] of wrong) {
      await assert.rejects(new WsClient(url, subprotocols, { headers }).open(), /401/);
    }
    await assert.rejects(new WsClient(`${url}/nowhere`, [], { headers }).open(), /403/);
  });

  Deno.test(`whether the server lives is told to any WebSocket (${server})`, async () => {
    await using gateways = await open(KEY, server);
    const client = await new WsClient(`${gateways.url("websocket")}/dry_run`).open();
    assert.equal((await client.closed).code, 1000);
    assert.equal(client.frames.length, 1);
  });

  Deno.test(`a WebSocket waits where its key's rate is used up (${server})`, async () => {
    const clock = new FakeClock();
    const lines = new LogLines("DEBUG");
    const { observer } = requestLog(lines.log, { accessLog: true });
    await using gateways = await open(
      `[{key: "${KEY}", name: search, rate: 1, burst: 2}]`,
      server,
      { clock, observer, log: lines.log },
    );
    const client = await new WsClient(gateways.url("websocket"), ["bytes"], { headers }).open();
    for (let i = 0; i < 2; i++) client.send(encodeRequestProto(textRequest(["a", "b"])));
    await client.take(1);
    await settle(() => clock.alarms === 1);
    assert.equal(client.frames.length, 1);
    clock.advance(1000);
    await client.take(2);
    await client.close();
    assert.deepEqual(lines.of("access").map(({ key, outcome }) => [key, outcome]), [
      ["search", "ok"],
      ["search", "ok"],
    ]);
    for (const text of [KEY, subprotocol(KEY)]) assert.ok(!lines.texts.join().includes(text));
  });
}
