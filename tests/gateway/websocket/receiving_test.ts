/** WebSockets whose clients send half a message, or take no answer. */
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { Buffer } from "node:buffer";
import { openGateways } from "../../support/gateways.ts";
import { nodeOnly } from "../../support/http_server.ts";
import { closed, nextData } from "../../support/socket_end.ts";
import { untilSo } from "../../support/until.ts";

const MIB = 2 ** 20;

/** An open WebSocket, as bytes. */
async function opened(url: string, path = "/"): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
  assert.match(String(await nextData(socket)), /^HTTP\/1.1 101 /);
  return socket;
}

/** The head of a binary frame of so many bytes. */
function head(length: number): Buffer {
  const bytes = Buffer.alloc(14);
  bytes[0] = 0x82;
  bytes[1] = 0xff;
  bytes.writeBigUInt64BE(BigInt(length), 2);
  return bytes;
}

/** The code of the close frame that comes; undefined if the connection ends without one. */
async function closeCode(socket: Socket): Promise<number | undefined> {
  const pieces: Buffer[] = [];
  socket.on("data", (piece: Buffer) => pieces.push(piece));
  await closed(socket);
  const bytes = Buffer.concat(pieces);
  return bytes.length < 4 ? undefined : bytes.readUInt16BE(2);
}

Deno.test(
  "a frame that does not end closes with 1008, and its connection ends",
  nodeOnly("has no time limits"),
  async () => {
    await using gateways = await openGateways({
      protocol: "websocket",
      gateway: ["receive_timeout_ms: 300"],
    });
    const url = gateways.url("websocket");
    // Whoever has begun nothing may stay.
    const idle = await opened(url);
    const half = await opened(url);
    half.write(Buffer.concat([head(1000), Buffer.alloc(10)]));
    assert.equal(await closeCode(half), 1008);
    assert.equal(idle.destroyed, false);
    idle.destroy();
  },
);

Deno.test(
  "frames that have begun to come hold bytes, and the one that has waited longest gives way",
  nodeOnly("half-sent frames"),
  async () => {
    await using gateways = await openGateways({
      protocol: "websocket",
      gateway: [`max_held_bytes: ${4 * MIB}`],
    });
    const url = gateways.url("websocket");
    const first = await opened(url);
    first.write(Buffer.concat([head(100 * MIB), Buffer.alloc(3 * MIB)]));
    const gaveWay = closeCode(first);
    const second = await opened(url);
    // Not before the first one's bytes are there.
    await untilSo(() => gateways.bytes.held >= 3 * MIB);
    second.write(Buffer.concat([head(100 * MIB), Buffer.alloc(3 * MIB)]));
    assert.equal(await gaveWay, 1013);
    assert.equal(second.destroyed, false);
    second.destroy();
  },
);

Deno.test(
  "the end of a message that was given up harms nobody",
  nodeOnly("half-sent frames"),
  async () => {
    await using gateways = await openGateways({
      protocol: "websocket",
      gateway: [`max_held_bytes: ${4 * MIB}`],
    });
    const url = gateways.url("websocket");
    for (let round = 0; round < 5; round++) {
      const first = await opened(url);
      first.write(Buffer.concat([head(3 * MIB + 100), Buffer.alloc(3 * MIB)]));
      const gaveWay = closeCode(first);
      let told = false;
      first.once("data", () => {
        told = true;
        // It comes to a connection that is not read any more.
        first.write(Buffer.alloc(100));
      });
      await untilSo(() => gateways.bytes.held >= 3 * MIB);
      const second = await opened(url);
      second.write(Buffer.concat([head(100 * MIB), Buffer.alloc(3 * MIB)]));
      assert.equal(await gaveWay, 1013);
      assert.ok(told);
      second.destroy();
      await untilSo(() => gateways.bytes.held === 0);
    }
  },
);

Deno.test(
  "answers that wait for those before them hold bytes, until their client is gone",
  nodeOnly("answers that wait to be taken"),
  async () => {
    await using gateways = await openGateways({ protocol: "websocket" });
    const client = await opened(gateways.url("websocket"));
    client.pause();
    // More than the system takes for a client that reads nothing.
    const text = "x".repeat(2 * MIB);
    const message = Buffer.from(JSON.stringify({ data: [{ text }] }));
    const request = Buffer.concat([head(message.length), message]);
    request[0] = 0x81;
    const one = message.length;
    for (let sent = 1; sent <= 8; sent++) client.write(request);
    // A message is counted as it came and as it was decoded; what is more are answers.
    await untilSo(() => gateways.bytes.held > 2.2 * 8 * one);
    client.destroy();
    await untilSo(() => gateways.bytes.held === 0);
  },
);

Deno.test(
  "a client that was told of the end and sends on is cut off",
  nodeOnly("what comes after the end"),
  async () => {
    await using gateways = await openGateways({ protocol: "websocket" });
    const client = await opened(gateways.url("websocket"));
    const gone = new Promise((resolve) => client.once("close", resolve));
    // Empty text messages: the first is no request, and ends the stream.
    const flood = Buffer.alloc(6 * 10_000, Buffer.of(0x81, 0x80, 0, 0, 0, 0));
    const send = () => {
      while (!client.destroyed && client.write(flood));
    };
    client.on("drain", send);
    client.resume();
    send();
    await gone;
  },
);

Deno.test(
  "what is sent where nothing is asked for is not put together",
  nodeOnly("reads without end"),
  async () => {
    await using gateways = await openGateways({ protocol: "websocket" });
    const client = await opened(gateways.url("websocket"), "/dry_run");
    client.write(head(100 * MIB));
    const error = await new Promise((resolve) => client.write(Buffer.alloc(64 * MIB), resolve));
    assert.ok(error);
    client.destroy();
  },
);

Deno.test(
  "a message that is on its way when the server stops does not hold up its end",
  nodeOnly("half-sent frames"),
  async () => {
    await using gateways = await openGateways({ protocol: "websocket" });
    const client = await opened(gateways.url("websocket"));
    const ping = Buffer.of(0x89, 0x80, 0, 0, 0, 0);
    client.write(Buffer.concat([ping, head(1000), Buffer.alloc(500)]));
    // What came in one packet with the ping is there when that is answered.
    await nextData(client);
    const stopped = gateways.stop();
    const close = await nextData(client);
    assert.equal(Buffer.from(close).readUInt16BE(2), 1001);
    client.write(Buffer.concat([Buffer.alloc(500), Buffer.of(0x88, 0x82, 0, 0, 0, 0, 3, 0xe9)]));
    const slow = setTimeout(() => client.destroy(), 60_000);
    let ended = false;
    client.once("end", () => ended = true);
    await closed(client);
    clearTimeout(slow);
    assert.ok(ended);
    await stopped;
  },
);
