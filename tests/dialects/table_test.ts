/** Adding a dialect is a folder and one line in a table: shown with a tiny one. */
import assert from "node:assert/strict";
import { dialectsOf } from "../../src/dialects/table.ts";
import { APIS } from "../../src/flow/gateway_keys.ts";
import { openGateways } from "../support/gateways.ts";
import { untilSo } from "../support/until.ts";
import { WsClient } from "../support/ws_client.ts";
import { tinyDialect } from "./tiny_dialect.ts";

const dialects = [...dialectsOf(APIS), tinyDialect];
const post = (url: string, body: string) => fetch(`${url}/tiny`, { method: "POST", body });

Deno.test("a second dialect is served beside the first, over HTTP and WebSocket", async () => {
  await using gateways = await openGateways({ protocol: "[http, websocket]", dialects });
  const url = gateways.url("http");
  assert.equal(await (await fetch(`${url}/tiny`)).text(), "hello");
  const answer = await post(url, "hello\nhttp://127.0.0.1/private\nhi");
  const [first, second, third] = (await answer.text()).split("\n");
  assert.deepEqual([first, third], ["5 1 2 3", "2 1 2 3"]);
  assert.match(second!, /^no: .*allow_private_uris/);
  const jina = await fetch(`${url}/encode`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"data":[{"text":"hello"}]}',
  });
  assert.deepEqual((await jina.json()).data[0].embedding, [5, 1, 2, 3]);

  const socket = await new WsClient(`${gateways.url("websocket")}/tiny`, []).open();
  socket.send("four");
  assert.equal(new TextDecoder().decode((await socket.take(1))[0]!.bytes), "4 1 2 3");
  socket.send("");
  assert.equal((await socket.closed).code, 1000);
});

Deno.test("what stands before dialects refuses in the manner of the one that was asked", async () => {
  await using gateways = await openGateways({
    protocol: "http",
    gateway: ["prefetch: 1", "max_message_bytes: 1024"],
    maxWaiting: 0,
    dialects,
  });
  const url = gateways.url("http");
  const large = await post(url, "x".repeat(5000));
  assert.equal(large.status, 499);
  assert.match(await large.text(), /^tiny says: The body is larger than 1024 bytes/);
  const { encoder } = gateways;
  encoder.held = true;
  const held = post(url, "first");
  await untilSo(() => encoder.inside === 1);
  const refused = await post(url, "second");
  assert.equal(refused.status, 529);
  assert.match(await refused.text(), /^tiny says: .*prefetch/);
  const headers = { "content-type": "application/json" };
  const jina = await fetch(`${url}/encode`, { method: "POST", headers, body: "{}" });
  assert.equal(jina.status, 503);
  assert.equal((await jina.json()).header.status.exception.name, "BlockingIOError");
  encoder.release();
  assert.equal(await (await held).text(), "5 1 2 3");
});

Deno.test("where two dialects have one path the first in the table is served", async () => {
  const other = () => ({
    name: "other",
    http: {
      routes: [{
        kind: "info" as const,
        method: "GET",
        path: "/tiny",
        respond: () => ({ status: 200, headers: {}, body: new Uint8Array(0) }),
      }],
      refuse: () => ({ status: 400, headers: {}, body: null }),
    },
  });
  await using gateways = await openGateways({ protocol: "http", dialects: [tinyDialect, other] });
  assert.equal(await (await fetch(`${gateways.url("http")}/tiny`)).text(), "hello");
});
