/** HTTP clients that send too slowly, take too slowly, or are too many. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { HeldBytes } from "../../../src/gateway/admission/held_bytes.ts";
import { Receiving } from "../../../src/gateway/admission/receiving.ts";
import { serveNode } from "../../../src/gateway/http/node_adapter.ts";
import { SILENT_LOG } from "../../../src/telemetry/log.ts";
import { openGateways, type TestGateways } from "../../support/gateways.ts";
import { nodeOnly } from "../../support/http_server.ts";
import { raw } from "../../support/raw_http.ts";
import { closed, nextData } from "../../support/socket_end.ts";
import { untilSo } from "../../support/until.ts";

const POST = "POST /post HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";

function client(gateways: TestGateways, sent = ""): Socket {
  const { hostname, port } = new URL(gateways.url("http"));
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  socket.write(sent);
  return socket;
}

async function ask(gateways: TestGateways): Promise<number> {
  const response = await fetch(`${gateways.url("http")}/post`, {
    method: "POST",
    headers: { "content-type": "application/json", connection: "close" },
    body: '{"data":[{"text":"a"}]}',
  });
  await response.body?.cancel();
  return response.status;
}

Deno.test(
  "requests that send no body keep nobody out, and get 408",
  nodeOnly("has no time limits"),
  async () => {
    await using gateways = await openGateways({
      protocol: "http",
      gateway: ["prefetch: 2", "receive_timeout_ms: 300"],
    });
    const url = gateways.url("http");
    const silent = Array.from(
      { length: 20 },
      () => raw(url, `${POST}content-length: 100\r\n\r\n{`),
    );
    assert.equal(await ask(gateways), 200);
    for (const answer of await Promise.all(silent)) {
      assert.match(answer, /^HTTP\/1.1 408 /);
      assert.match(answer, /receive_timeout_ms/);
    }
    assert.equal(gateways.gate.inside, 0);
  },
);

Deno.test(
  "connections that say nothing, or never end their headers, are closed",
  nodeOnly("has no time limits"),
  async () => {
    await using gateways = await openGateways({
      protocol: "http",
      gateway: ["receive_timeout_ms: 50"],
    });
    const sockets = ["", "POST /po", `${POST}x-more: yes\r\n`].map((sent) =>
      client(gateways, sent)
    );
    await Promise.all(sockets.map((socket) => closed(socket.resume())));
  },
);

Deno.test(
  "more connections than max_connections are closed at once, and fewer are served again",
  nodeOnly("counts neither connections"),
  async () => {
    await using gateways = await openGateways({
      protocol: "http",
      gateway: ["max_connections: 5"],
    });
    const sockets = Array.from({ length: 5 }, () => client(gateways));
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    for (let i = 0; i < 3; i++) await closed(client(gateways).resume());
    for (const socket of sockets) socket.destroy();
    let status = 0;
    while (status !== 200) status = await ask(gateways).catch(() => 0);
  },
);

Deno.test(
  "who is refused and sends on is listened to for a moment, and reads its answer",
  nodeOnly("has no time limits"),
  async () => {
    await using gateways = await openGateways({
      protocol: "http",
      gateway: ["receive_timeout_ms: 300"],
    });
    const rest = new Uint8Array(12 * 2 ** 20);
    const socket = client(gateways, `${POST}content-length: ${rest.length + 1}\r\n\r\n{`);
    assert.match(String(await nextData(socket)), /^HTTP\/1.1 408 /);
    assert.equal(await new Promise((resolve) => socket.write(rest, resolve)) ?? null, null);
    socket.destroy();
  },
);

Deno.test("the answer to a client that has gone meanwhile holds nothing", async () => {
  const bytes = new HeldBytes(100_000_000);
  const receiving = new Receiving(
    { perConnection: 1, perAddress: 1, firstByteMs: 1_000_000, minBytesPerSecond: 1 },
    bytes,
  );
  const body = new Uint8Array(2 ** 20);
  const arrived = Promise.withResolvers<void>();
  const served = Promise.withResolvers<void>();
  const server = createServer(async (incoming, outgoing) => {
    const answer = async () => {
      arrived.resolve();
      await once(outgoing, "close");
      return { status: 200, headers: {}, body };
    };
    await serveNode(incoming, outgoing, answer, {
      packAlways: false,
      receiving,
      lifecycle: { ending: false },
      log: SILENT_LOG,
    });
    served.resolve();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  await arrived.promise;
  socket.destroy();
  await served.promise;
  assert.equal(bytes.held, 0);
  assert.equal(receiving.unfinished, 0);
  server.close();
  await once(server, "close");
});

Deno.test("an answer that its client does not take is given up, and holds bytes until then", async () => {
  const bytes = new HeldBytes(100_000_000);
  const receiving = new Receiving(
    { perConnection: 1, perAddress: 1, firstByteMs: 300, minBytesPerSecond: 1 },
    bytes,
  );
  const body = new Uint8Array(32 * 2 ** 20);
  const server = createServer((incoming, outgoing) =>
    void serveNode(
      incoming,
      outgoing,
      () => Promise.resolve({ status: 200, headers: {}, body }),
      { packAlways: false, receiving, lifecycle: { ending: false }, log: SILENT_LOG },
    )
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;
  const slow = connect(port, "127.0.0.1");
  slow.on("error", () => {});
  slow.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  await untilSo(() => bytes.held === body.length);
  await untilSo(() => bytes.held === 0);
  assert.equal(receiving.unfinished, 0);
  slow.destroy();
  const taken = await (await fetch(url)).arrayBuffer();
  assert.equal(taken.byteLength, body.length);
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});
