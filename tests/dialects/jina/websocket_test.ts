import assert from "node:assert/strict";
import {
  decodeResponseProto,
  encodeRequestProto,
} from "../../../src/dialects/jina/proto/request.ts";
import type { DataResponse } from "../../../src/dialects/jina/document/request.ts";
import { MAX_ANSWER_BYTES } from "../../../src/dialects/jina/websocket_codec.ts";
import {
  openGateways,
  type TestGatewayOptions,
  type TestGateways,
} from "../../support/gateways.ts";
import { textRequest } from "../../support/grpc_client.ts";
import { nodeOnly } from "../../support/http_server.ts";
import { settle, standstill } from "../../support/turns.ts";
import { WsClient } from "../../support/ws_client.ts";
import { ownPort } from "../../support/own_port.ts";

const END = Uint8Array.of(0);

/** Runs a test with a gateway, and closes it. */
async function withWebSocket(
  test: (url: string, gateways: TestGateways) => Promise<void>,
  options: TestGatewayOptions = {},
): Promise<void> {
  await using gateways = await openGateways({ protocol: "websocket", ...options });
  await test(`${gateways.url("websocket")}/`, gateways);
}

function answers(frames: readonly { bytes: Uint8Array }[]): DataResponse[] {
  return frames.map(({ bytes }) => decodeResponseProto(bytes));
}

function json(frame: { bytes: Uint8Array; text: boolean }) {
  assert.ok(frame.text, "a text frame");
  return JSON.parse(new TextDecoder().decode(frame.bytes));
}

Deno.test("Binary requests are answered in order, and after 0x00 the connection closes with 1000", () =>
  withWebSocket(async (url) => {
    const client = await new WsClient(url).open();
    assert.equal(client.socket.protocol, "bytes");
    const requests = Array.from({ length: 5 }, (_, i) => textRequest(["x".repeat(i)]));
    for (const request of requests) client.send(encodeRequestProto(request));
    client.send(END);
    assert.deepEqual(await client.closed, { code: 1000, reason: "" });
    assert.deepEqual(
      answers(client.frames).map(({ requestId }) => requestId),
      requests.map(({ requestId }) => requestId),
    );
    assert.ok(client.frames.every(({ text }) => !text));
  }));

Deno.test("Without an end of input the connection stays open for more", () =>
  withWebSocket(async (url) => {
    const client = await new WsClient(url).open();
    for (let i = 1; i <= 3; i++) {
      client.send(encodeRequestProto(textRequest(["a"])));
      assert.equal((await client.take(i)).length, i);
    }
    await client.close();
  }));

Deno.test("An end of input alone closes with 1000", () =>
  withWebSocket(async (url) => {
    for (const [subprotocol, end] of [["bytes", END], ["json", "{}"], ["json", " { } "]] as const) {
      const client = await new WsClient(url, [subprotocol]).open();
      client.send(end);
      assert.equal((await client.closed).code, 1000);
    }
  }));

Deno.test("JSON requests of both spellings get snake_case answers in text frames", () =>
  withWebSocket(async (url) => {
    const client = await new WsClient(url, ["json"]).open();
    assert.equal(client.socket.protocol, "json");
    client.send('{"data": [{"id": "j", "text": "hello"}], "execEndpoint": "/"}');
    client.send(
      '{"header": {"request_id": "r2"}, "data": {"docs": [{"text": "hi"}]}, "exec_endpoint": "/encode"}',
    );
    client.send("{}");
    assert.equal((await client.closed).code, 1000);
    const [first, second] = client.frames.map(json);
    assert.deepEqual(Object.keys(first.header).sort(), [
      "exec_endpoint",
      "request_id",
      "target_executor",
    ]);
    assert.deepEqual(Object.keys(first.routes[0]).sort(), ["end_time", "executor", "start_time"]);
    assert.deepEqual([first.data[0].id, first.data[0].embedding], ["j", [5, 1, 2, 3]]);
    assert.equal(second.header.request_id, "r2");
    assert.equal(second.header.exec_endpoint, "/encode");
  }));

Deno.test("Other subprotocols, or none, are answered in the form of the frame", () =>
  withWebSocket(async (url) => {
    for (const subprotocols of [[], ["foo"], ["json", "bytes"]]) {
      const client = await new WsClient(url, subprotocols).open();
      assert.equal(client.socket.protocol, subprotocols[0] ?? "");
      client.send('{"data": [{"text": "hello"}]}');
      client.send(encodeRequestProto(textRequest(["ab"])));
      const [first, second] = await client.take(2);
      assert.equal(json(first!).data[0].embedding[0], 5);
      assert.ok(!second!.text);
      assert.equal(answers([second!])[0]!.docs.length, 1);
      await client.close();
    }
  }));

Deno.test("A failed document is told in its answer, the connection goes on, and its close waits", () =>
  withWebSocket(async (url) => {
    const client = await new WsClient(url).open();
    const bad = { ...textRequest([]), docs: [{ id: "broken", blob: new Uint8Array(3) }] };
    client.send(encodeRequestProto(bad));
    client.send(encodeRequestProto(textRequest(["a"])));
    client.send(END);
    await client.take(2);
    const answered = performance.now();
    assert.equal((await client.closed).code, 1000);
    assert.ok(performance.now() - answered >= 40, "the client had time to see the failure");
    const [failed, good] = answers(client.frames);
    assert.deepEqual([failed!.status!.code, good!.status], [1, undefined]);
    assert.match(failed!.status!.description, /broken/);
  }));

const BROKEN: [string, string, Uint8Array | string, number, RegExp][] = [
  ["bytes", "bytes that are no request", Uint8Array.of(0xff, 0xfe, 1), 1007, /protobuf/],
  ["bytes", "a text frame", "{}", 1003, /binary frames/],
  ["json", "a binary frame", encodeRequestProto(textRequest(["a"])), 1003, /text frames/],
  ["json", "no JSON", "nope", 1007, /./],
  ["json", "JSON of another shape", '{"data": 5}', 1007, /./],
  ["bytes", "too large a frame", new Uint8Array(5000), 1009, /^/],
  ["json", "too large a frame", "x".repeat(5000), 1009, /^/],
];
for (const [subprotocol, what, frame, code, reason] of BROKEN) {
  Deno.test(`In ${subprotocol}, ${what} closes with ${code}, after the answers before it`, () =>
    withWebSocket(async (url, { gate }) => {
      const client = await new WsClient(url, [subprotocol]).open();
      const good = subprotocol === "json"
        ? '{"data": [{"text": "a"}]}'
        : encodeRequestProto(textRequest(["a"]));
      client.send(good);
      await client.take(1);
      client.send(frame);
      const closed = await client.closed;
      assert.equal(closed.code, code);
      assert.match(closed.reason, reason);
      assert.equal(client.frames.length, 1);
      await settle(() => gate.inside === 0);
      const other = await new WsClient(url, [subprotocol]).open();
      other.send(good);
      assert.equal((await other.take(1)).length, 1);
      await other.close();
    }, { gateway: ["max_message_bytes: 2048"] }));
}

Deno.test("The reason of a close is cut to 123 bytes, at a character", () =>
  withWebSocket(async (url) => {
    const client = await new WsClient(url, ["json"]).open();
    client.send(
      `{"data": [{"id": ${JSON.stringify("\u{1F600}")}, "text": {"${
        "\u{1F600}".repeat(80)
      }": 1}}]}`,
    );
    const { code, reason } = await client.closed;
    assert.equal(code, 1007);
    assert.ok(new TextEncoder().encode(reason).length <= 123);
    assert.ok(!reason.includes("\ufffd"));
  }));

Deno.test("/dry_run tells the state and closes, in the form of the subprotocol", () =>
  withWebSocket(async (url, { lifecycle }) => {
    const bytes = await new WsClient(`${url}dry_run`).open();
    bytes.send(new Uint8Array(0));
    assert.equal((await bytes.closed).code, 1000);
    assert.deepEqual(bytes.frames, [{ bytes: new Uint8Array(0), text: false }]);
    const text = await new WsClient(`${url}dry_run`, ["json"]).open();
    assert.equal((await text.closed).code, 1000);
    assert.deepEqual(json(text.frames[0]!), {});
    lifecycle.enter("starting");
    await assert.rejects(new WsClient(`${url}dry_run`).open(), /503/);
  }));

Deno.test("Another path is refused with 403, and a body of plain HTTP still answers", () =>
  withWebSocket(async (url) => {
    await assert.rejects(new WsClient(`${url}encode`).open(), /403/);
    const http = url.replace("ws:", "http:");
    assert.deepEqual(await (await fetch(http)).json(), {});
    assert.equal((await (await fetch(`${http}dry_run`)).json()).code, 0);
    assert.ok((await (await fetch(`${http}status`)).json()).jina.jina);
    const post = await fetch(`${http}post`, { method: "POST", body: "{}" });
    assert.deepEqual([post.status, await post.json()], [404, { detail: "Not Found" }]);
  }));

Deno.test("HTTP and WebSocket share a port", async () =>
  withWebSocket(async (url, gateways) => {
    assert.equal(new URL(gateways.url("http")).port, new URL(gateways.url("websocket")).port);
    const post = await fetch(`${gateways.url("http")}/post`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ data: [{ text: "hello" }] }),
    });
    assert.deepEqual((await post.json()).data[0].embedding, [5, 1, 2, 3]);
    const client = await new WsClient(url).open();
    client.send(encodeRequestProto(textRequest(["a"])));
    client.send(END);
    assert.equal((await client.closed).code, 1000);
  }, { protocol: "[http, websocket]", port: String(await ownPort()) }));

Deno.test("An answer that aiohttp would refuse comes without the pictures of its request", () =>
  withWebSocket(async (url) => {
    const client = await new WsClient(url, ["bytes"], { maxPayload: 2 ** 22 }).open();
    const docs = Array.from(
      { length: 5 },
      (_, i) => ({ id: `p${i}`, blob: new Uint8Array(900_000) }),
    );
    client.send(encodeRequestProto({ ...textRequest([]), docs }));
    const [answer] = answers(await client.take(1));
    assert.equal(answer!.status, undefined);
    assert.deepEqual(
      answer!.docs.map(({ id, blob, embedding }) => [id, blob, embedding?.shape]),
      docs.map(({ id }) => [id, undefined, [4]]),
    );
    await client.close();
  }));

Deno.test("An answer that is too large even so says to send fewer documents", () =>
  withWebSocket(async (url) => {
    const client = await new WsClient(url, ["bytes"], { maxPayload: 2 ** 22 }).open();
    const request = textRequest(["x".repeat(MAX_ANSWER_BYTES)]);
    client.send(encodeRequestProto(request));
    const [answer] = answers(await client.take(1));
    assert.equal(answer!.requestId, request.requestId);
    assert.match(answer!.status!.description, /fewer than these 1 documents/);
    client.send(encodeRequestProto(textRequest(["a"])));
    assert.equal(answers(await client.take(2))[1]!.docs.length, 1);
    await client.close();
  }));

Deno.test("One connection has as many requests in work as prefetch allows", () =>
  withWebSocket(async (url, { encoder }) => {
    encoder.held = true;
    const client = await new WsClient(url).open();
    for (let i = 0; i < 10; i++) client.send(encodeRequestProto(textRequest(["a"])));
    client.send(END);
    await settle(() => encoder.inside === 4);
    assert.equal(await standstill(() => encoder.inside), 4);
    encoder.held = false;
    encoder.release();
    assert.equal((await client.closed).code, 1000);
    assert.deepEqual([client.frames.length, encoder.peak], [10, 4]);
  }, { gateway: ["prefetch: 4"] }));

Deno.test(
  "A client that sends without reading is no longer read from",
  nodeOnly("slow WebSocket clients down"),
  () =>
    withWebSocket(async (url, { encoder }) => {
      const { port } = new URL(url);
      const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
      await connection.write(new TextEncoder().encode(
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
          "Sec-WebSocket-Protocol: bytes\r\n\r\n",
      ));
      await connection.read(new Uint8Array(1000));
      const docs = [{ id: "a", blob: new Uint8Array(500_000) }];
      const request = encodeRequestProto({ ...textRequest([]), docs });
      const frame = new Uint8Array(14 + request.length);
      frame.set([0x82, 0xff]);
      new DataView(frame.buffer).setBigUint64(2, BigInt(request.length));
      frame.set(request, 14);
      let sent = 0;
      const sending = (async () => {
        while (sent < 600) {
          for (let at = 0; at < frame.length;) at += await connection.write(frame.subarray(at));
          sent++;
        }
      })().catch(() => {});
      await settle(() => encoder.calls > 100);
      const calls = await standstill(() => encoder.calls, 500);
      assert.ok(calls < 200, `${calls} requests of 500 kB were worked on, for nobody`);
      assert.ok(sent < 230, `${sent} requests were taken from the client`);
      connection.close();
      await sending;
    }),
);

Deno.test("A client that goes away has its work dropped", () =>
  withWebSocket(async (url, { encoder, gate }) => {
    encoder.held = true;
    const client = await new WsClient(url).open();
    for (let i = 0; i < 3; i++) client.send(encodeRequestProto(textRequest(["a"])));
    await settle(() => encoder.inside === 3);
    client.socket.terminate();
    await settle(() => encoder.aborted === 3 && gate.inside === 0);
  }));

Deno.test("Pings are answered", () =>
  withWebSocket(async (url) => {
    const client = await new WsClient(url).open();
    const pong = new Promise((resolve) =>
      client.socket.on("pong", (data) => resolve(String(data)))
    );
    client.socket.ping("hello");
    assert.equal(await pong, "hello");
    await client.close();
  }));

Deno.test("Stopping finishes what is in work, closes with 1001 and refuses new connections", () =>
  withWebSocket(async (url, gateways) => {
    const { encoder } = gateways;
    encoder.held = true;
    const busy = await new WsClient(url).open();
    const idle = await new WsClient(url).open();
    busy.send(encodeRequestProto(textRequest(["a"])));
    await settle(() => encoder.inside === 1);
    const stopped = gateways.stop();
    assert.deepEqual(await idle.closed, { code: 1001, reason: "The server is stopping" });
    assert.equal(busy.frames.length, 0);
    encoder.release();
    assert.equal((await busy.closed).code, 1001);
    assert.equal(answers(busy.frames).length, 1);
    await stopped;
    await assert.rejects(new WsClient(url).open());
  }));

Deno.test(
  "permessage-deflate is spoken where the flow asks for compression, and only there",
  nodeOnly("pack their answers"),
  async () => {
    for (
      const [compression, expected] of [["Gzip", "permessage-deflate"], [
        "NoCompression",
        "",
      ]] as const
    ) {
      await withWebSocket(async (url) => {
        const client = await new WsClient(url, ["json"], { perMessageDeflate: true }).open();
        assert.equal(client.socket.extensions, expected);
        client.send(JSON.stringify({ data: [{ text: "x".repeat(5000) }] }));
        assert.equal(json((await client.take(1))[0]!).data[0].embedding[0], 5000);
        await client.close();
      }, { gateway: [`compression: ${compression}`] });
    }
  },
);
