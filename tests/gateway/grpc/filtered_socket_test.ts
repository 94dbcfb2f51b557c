import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { ControlLimit } from "../../../src/gateway/grpc/control_limit.ts";
import { FilteredSocket } from "../../../src/gateway/grpc/filtered_socket.ts";
import { FRAME, frameBytes } from "../../support/http2_wire.ts";
import { untilSo } from "../../support/until.ts";

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const MIB = 2 ** 20;

/** Both ends of a connection. */
class Pair {
  private constructor(
    readonly client: Socket,
    readonly socket: Socket,
    readonly filtered: FilteredSocket,
  ) {}

  static async open(): Promise<Pair> {
    const listener = createServer();
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    const client = connect((listener.address() as AddressInfo).port, "127.0.0.1");
    client.on("error", () => {});
    const [socket] = await once(listener, "connection") as [Socket];
    listener.close();
    return new Pair(client, socket, new FilteredSocket(socket, new ControlLimit(0)));
  }

  [Symbol.dispose](): void {
    this.client.destroy();
    this.filtered.destroy();
  }
}

/** All that a socket gives, until its end. */
async function bytesOf(socket: Socket): Promise<Buffer> {
  const pieces: Buffer[] = [];
  socket.on("data", (piece: Buffer) => pieces.push(piece));
  await once(socket, "end");
  return Buffer.concat(pieces);
}

Deno.test("What is written in one turn goes to the system at once, and all of it before the end", async () => {
  using pair = await Pair.open();
  const write = pair.socket.write.bind(pair.socket);
  let writes = 0;
  pair.socket.write =
    ((...given: Parameters<typeof write>) => (writes++, write(...given))) as never;
  const arrived = bytesOf(pair.client);
  const turns = [0, 1].map((turn) =>
    Array.from({ length: 100 }, (_, i) => frameBytes(FRAME.DATA, Uint8Array.of(turn, i), 0, 1))
  );
  for (const frame of turns[0]!) pair.filtered.write(frame);
  await untilSo(() => pair.filtered.writableLength === 0);
  assert.equal(writes, 1);
  for (const frame of turns[1]!) pair.filtered.write(frame);
  pair.filtered.end();
  assert.deepEqual(await arrived, Buffer.concat(turns.flat()));
  assert.equal(writes, 2);
});

Deno.test("A client that takes nothing is not read, and is read again when it takes", async () => {
  using pair = await Pair.open();
  const { client, socket, filtered } = pair;
  let read = 0;
  filtered.on("data", (piece: Buffer) => read += piece.length);
  client.pause();
  // More than the system's buffers hold, which differ from one to the other.
  const answer = frameBytes(FRAME.DATA, new Uint8Array(MIB), 0, 1);
  let written = 0;
  for (; filtered.writableLength <= MIB || written < 64 * MIB; written += answer.length) {
    filtered.write(answer);
  }
  const sent = Buffer.concat([PREFACE, frameBytes(FRAME.DATA, new Uint8Array(8 * MIB), 0, 1)]);
  client.write(sent);
  await untilSo(() => socket.isPaused());
  assert.ok(read < MIB, `${read} bytes were read`);

  let taken = 0;
  client.on("data", (piece: Buffer) => taken += piece.length);
  client.resume();
  await untilSo(() => read === sent.length && taken === written);
});

Deno.test("The client's end ends the stream", async () => {
  using pair = await Pair.open();
  const { client, socket, filtered } = pair;
  const closed = new Promise((resolve) => filtered.once("close", resolve));
  const seen: Buffer[] = [];
  filtered.on("data", (piece: Buffer) => seen.push(piece));
  client.end(PREFACE);
  await closed;
  assert.deepEqual(Buffer.concat(seen), PREFACE);
  assert.ok(socket.destroyed);
});

Deno.test("A client that vanishes while it is written to ends the stream, and nothing else", async () => {
  using pair = await Pair.open();
  const closed = new Promise((resolve) => pair.filtered.once("close", resolve));
  pair.client.resetAndDestroy();
  for (let i = 0; i < 10; i++) pair.filtered.write(frameBytes(FRAME.DATA, new Uint8Array(MIB)));
  await closed;
  assert.ok(pair.socket.destroyed);
});
