import assert from "node:assert/strict";
import { FrameHeads } from "../../../src/gateway/websocket/frame_heads.ts";

function frame(opcode: number, payload: Uint8Array, fin = true): Uint8Array {
  const { length } = payload;
  const size = length < 126
    ? [length]
    : length < 65_536
    ? [126, length >> 8, length & 255]
    : [127, 0, 0, 0, 0, ...new Uint8Array(new Uint32Array([length]).buffer).reverse()];
  const [first, ...rest] = size;
  return Uint8Array.from([
    (fin ? 0x80 : 0) | opcode,
    0x80 | first!,
    ...rest,
    1,
    2,
    3,
    4,
    ...payload,
  ]);
}

/** What is told of bytes that come in pieces of a size, with neighbouring bytes added up. */
function told(bytes: Uint8Array, piece: number): (string | number)[] {
  const all: (string | number)[] = [];
  const heads = new FrameHeads({
    begins: () => all.push("begins"),
    comes: (count) => {
      if (typeof all.at(-1) === "number") all[all.length - 1] = all.at(-1) as number + count;
      else all.push(count);
    },
    ends: () => all.push("ends"),
  });
  for (let from = 0; from < bytes.length; from += piece) {
    const cut = bytes.subarray(from, from + piece);
    for (let at = 0; at < cut.length;) {
      at = heads.take(cut, at);
      assert.ok(at === cut.length || all.at(-1) === "ends");
    }
  }
  return all;
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

Deno.test("FrameHeads tells of messages while they come, however their bytes are cut", () => {
  const bytes = joined(
    frame(1, new Uint8Array(5)),
    frame(2, new Uint8Array(0)),
    frame(2, new Uint8Array(300)),
    frame(2, new Uint8Array(70_000), false),
    frame(9, new Uint8Array(125)),
    frame(0, new Uint8Array(0), false),
    frame(0, new Uint8Array(3)),
    frame(8, new Uint8Array(2)),
    frame(1, new Uint8Array(9)).subarray(0, 8),
  );
  for (const piece of [1, 2, 7, 1000, bytes.length]) {
    assert.deepEqual(told(bytes, piece), [
      ...["begins", 11, "ends"],
      ...["begins", 6, "ends"],
      ...["begins", 308, "ends"],
      ...["begins", 70_014 + 6 + 9, "ends"],
      ...["begins", 8],
    ]);
  }
});

Deno.test("masks are taken off, wherever the bytes are cut, and are zeros then", () => {
  const mask = [1, 2, 3, 4];
  const masked = (payload: Uint8Array) => payload.map((byte, i) => byte ^ mask[i % 4]!);
  for (const length of [0, 3, 125, 126, 70_000]) {
    const payload = Uint8Array.from({ length }, (_, i) => i * 7);
    const sent = joined(frame(2, masked(payload), false), frame(9, masked(Uint8Array.of(5, 6))));
    const plain = joined(frame(2, payload, false), frame(9, Uint8Array.of(5, 6)));
    const first = plain.length - 8 - length - 4;
    for (const at of [first, plain.length - 6]) plain.fill(0, at, at + 4);
    for (const piece of [1, 2, 5, 13, 64, 100_000]) {
      if (length > 1000 && piece === 1) continue;
      const bytes = sent.slice();
      told(bytes, piece);
      assert.deepEqual(bytes, plain, `${length} bytes in pieces of ${piece}`);
    }
  }
});
