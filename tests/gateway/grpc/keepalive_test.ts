import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type ServerHttp2Session } from "node:http2";
import { type AddressInfo, createServer as createNetServer, type Socket } from "node:net";
import { keepAlive } from "../../../src/gateway/grpc/keepalive.ts";
import { WireClient } from "../../support/http2_wire.ts";

/** A port whose sessions are asked every 20 ms and given `patienceMs`. */
async function open(patienceMs: number, moved: () => number = () => 0) {
  const http2 = createServer();
  let session: ServerHttp2Session;
  http2.on("session", (opened) => session = opened);
  const listener = createNetServer((socket: Socket) => {
    socket.on("error", () => {});
    http2.emit("connection", socket);
    session.on("error", () => {});
    keepAlive(session, socket, moved, 20, patienceMs);
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.dispose]: () => void listener.close(),
  };
}

Deno.test("A client that answers is asked again and again", async () => {
  using port = await open(10_000);
  const client = connect(port.url);
  for (let i = 0; i < 3; i++) await once(client, "ping");
  assert.ok(!client.destroyed);
  client.destroy();
});

Deno.test("A client that does not answer is left", async () => {
  using port = await open(50);
  const client = await WireClient.connect(port.url);
  await client.closed();
});

Deno.test("A client that does not answer yet, and moves something, is waited for", async () => {
  let looks = 0;
  const waited = Promise.withResolvers<void>();
  using port = await open(20, () => {
    if (looks === 5) waited.resolve();
    return looks < 5 ? looks++ : looks;
  });
  const client = await WireClient.connect(port.url);
  const closed = client.closed();
  assert.equal(await Promise.race([waited.promise, closed.then(() => "closed")]), undefined);
  await closed;
});
