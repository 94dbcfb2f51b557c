import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { mayReadOn } from "../../../src/gateway/admission/read_turns.ts";

const KIB = 1024;

Deno.test("who reads much pauses until the loop has rested; who reads little does not", async () => {
  const resumed: number[] = [];
  const rested = Promise.withResolvers<void>();
  let pauses = 0;
  for (let i = 0; i < 20; i++) {
    const goesOn = mayReadOn(64 * KIB, () => {
      resumed.push(i);
      rested.resolve();
    });
    if (!goesOn) pauses++;
    assert.ok(mayReadOn(16 * KIB, () => assert.fail("it was never paused")));
  }
  // After 512 KiB at the latest.
  assert.ok(pauses >= 13, `${pauses} of 20 paused`);
  await rested.promise;
  await Promise.resolve();
  assert.equal(resumed.length, pauses);
  assert.ok(mayReadOn(64 * KIB, () => {}));
});

Deno.test("a new connection is heard of while others send without a pause", async () => {
  const chunk = new Uint8Array(64 * KIB);
  let turns = 0;
  const server = createServer((socket) => {
    socket.on("data", (bytes) => {
      turns++;
      if (bytes.length < 10) socket.write(bytes);
      else if (!mayReadOn(bytes.length, () => socket.resume())) socket.pause();
    });
    socket.on("error", () => {});
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const senders = Array.from({ length: 8 }, () => {
    const sender = connect(port, "127.0.0.1");
    const send = () => {
      while (!sender.destroyed && sender.write(chunk));
    };
    sender.on("drain", send);
    sender.once("connect", send);
    sender.on("error", () => {});
    return sender;
  });
  await Promise.all(senders.map((sender) => once(sender, "connect")));
  const from = turns;
  const one = connect(port, "127.0.0.1");
  one.write("hello");
  await once(one, "data");
  for (const sender of [...senders, one]) sender.destroy();
  server.close();
  // A rest comes every eight pieces, and connecting, hearing and answering take some each.
  assert.ok(turns - from < 2000, `${turns - from} pieces`);
});
