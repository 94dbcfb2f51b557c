import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import fc from "fast-check";
import { join, MessageAssembly } from "../../../src/gateway/grpc/message_assembly.ts";
import { grpcMessage } from "../../support/http2_wire.ts";

/** All messages in `bytes`, which come in pieces that end at `cuts`. */
async function assembled(bytes: Uint8Array, cuts: readonly number[]): Promise<Uint8Array[]> {
  const messages: Uint8Array[] = [];
  let assembly = new MessageAssembly(2 ** 20);
  let from = 0;
  for (const end of [...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), Infinity]) {
    let piece = bytes.subarray(from, end);
    from = end;
    while (piece.length > 0) {
      piece = piece.subarray(assembly.take(piece));
      if (!assembly.complete) continue;
      messages.push(await join(assembly.pieces, assembly.length));
      assembly = new MessageAssembly(2 ** 20);
    }
  }
  return messages;
}

Deno.test("Messages in any pieces come out as they were sent", async () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(messages, fc.array(fc.nat(300), { maxLength: 40 }), async (sent, cuts) => {
      const bytes = new Uint8Array(sent.flatMap((message) => [...grpcMessage(message)]));
      assert.deepEqual(await assembled(bytes, cuts), sent);
    }),
    { seed: 3, numRuns: 1000 },
  );
});

Deno.test("A large message comes out as it was sent", async () => {
  const message = new Uint8Array(3 * 2 ** 20 / 4).map((_, i) => i * 31);
  const cuts = Array.from({ length: 50 }, (_, i) => i * 16_384);
  assert.deepEqual(await assembled(grpcMessage(message), cuts), [message]);
});

Deno.test("What a message claims of memory follows what has come, and not what it promises", () => {
  const assembly = new MessageAssembly(2 ** 30);
  const head = grpcMessage(new Uint8Array(0));
  new DataView(head.buffer, head.byteOffset).setUint32(1, 2 ** 30);
  assembly.take(head);
  let sent = 0;
  for (let i = 0; i < 2000; i++) sent += assembly.take(new Uint8Array(1000));
  const claimed = assembly.pieces.reduce((sum, { length }) => sum + length, 0);
  assert.ok(claimed <= 2 * sent, `${claimed} bytes for ${sent}`);
});

Deno.test("Heads that are wrong or promise too much are refused", () => {
  const head = (flag: number, length: number) => {
    const bytes = new Uint8Array(5);
    bytes[0] = flag;
    new DataView(bytes.buffer).setUint32(1, length);
    return bytes;
  };
  assert.throws(() => new MessageAssembly(100).take(head(2, 1)), { kind: "invalid" });
  assert.throws(() => new MessageAssembly(100).take(head(0, 101)), { kind: "too_large" });
  assert.equal(new MessageAssembly(100).take(head(1, 100)), 5);
});

Deno.test("Joining a large message lets the event loop turn", async () => {
  const now = performance.now;
  let time = 0;
  performance.now = () => time += 10;
  let turns = 0;
  const turn = () => (turns++, timer = setImmediate(turn));
  let timer = setImmediate(turn);
  try {
    await join(Array.from({ length: 20 }, () => new Uint8Array(10)), 200);
  } finally {
    performance.now = now;
    clearImmediate(timer);
  }
  assert.ok(turns >= 10, `${turns} turns`);
});
