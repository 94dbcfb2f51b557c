import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { HeldBytes } from "../../../src/gateway/admission/held_bytes.ts";
import { Receiving } from "../../../src/gateway/admission/receiving.ts";
import { readBody } from "../../../src/gateway/http/body.ts";
import { exchangeOf } from "../../support/http_exchange.ts";

const MIB = 2 ** 20;

/** Reads bodies as the handler does, under one bound on what they hold. */
function reader({ heldBytes = Infinity, patienceMs = 1e9, maxBytes = 256 * MIB } = {}) {
  const bytes = new HeldBytes(heldBytes);
  const receiving = new Receiving(
    { perConnection: 10, perAddress: 10, firstByteMs: patienceMs, minBytesPerSecond: 1000 },
    bytes,
  );
  const open = (request: Request) => {
    const { promise: dropped, reject } = Promise.withResolvers<never>();
    const exchange = exchangeOf(request);
    const reception = receiving.open(exchange.peer, reject);
    const limits = { maxBytes, maxRatio: 100 };
    const body = readBody(exchange, limits, reception, dropped);
    return { body, reception };
  };
  const read = async (request: Request) => {
    const { body, reception } = open(request);
    try {
      return await body;
    } finally {
      reception.release();
    }
  };
  return { bytes, open, read, receiving };
}

function post(body: BodyInit, headers: Record<string, string> = {}): Request {
  return new Request("http://host/", { method: "POST", headers, body });
}

/** Bytes in pieces of odd sizes, which say nothing of their sum. */
function chunked(bytes: Uint8Array, piece: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + piece));
      at += piece;
    },
  });
}

function noise(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 7919) >>> 5;
  return bytes;
}

Deno.test("readBody() gives up a body that stands still, packed or not", async () => {
  const { read, receiving, bytes } = reader({ patienceMs: 10 });
  for (const headers of [{}, { "content-encoding": "gzip" }] as Record<string, string>[]) {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
    });
    await assert.rejects(read(post(body, headers)), { kind: "deadline" });
  }
  assert.equal(receiving.unfinished, 0);
  assert.equal(bytes.held, 0);
});

Deno.test("readBody() tells a client that left from a coding that is broken", async () => {
  const { read } = reader();
  for (const headers of [{}, { "content-encoding": "gzip" }] as Record<string, string>[]) {
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.error(new TypeError("connection reset"));
      },
    });
    await assert.rejects(read(post(body, headers)), { kind: "cancelled" });
  }
});

Deno.test("readBody() takes memory for what arrives, not for what is announced", async () => {
  const { open, bytes } = reader();
  const { promise: never } = Promise.withResolvers<void>();
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent++ > 0) return never;
      controller.enqueue(new Uint8Array(10));
    },
  });
  const before = Deno.memoryUsage().external;
  const announced = 200 * MIB;
  const { reception } = open(post(body, { "content-length": String(announced) }));
  await new Promise((resolve) => setTimeout(resolve));
  assert.ok(bytes.held > 0 && bytes.held <= 64 * 1024, `${bytes.held}`);
  assert.ok(Deno.memoryUsage().external - before < announced / 10);
  reception.release();
});

Deno.test("readBody() holds what it keeps, and is refused when others hold too much", async () => {
  const { bytes, open } = reader({ heldBytes: 1_000_000 });
  const send = () => open(post(new Uint8Array(600_000)));
  const first = send();
  assert.equal((await first.body).length, 600_000);
  assert.ok(bytes.held >= 600_000 && bytes.held <= 1_000_000, `${bytes.held}`);
  const second = send();
  await assert.rejects(second.body, { kind: "overloaded" });
  second.reception.release();
  first.reception.release();
  assert.equal(bytes.held, 0);
  assert.equal((await send().body).length, 600_000);
});

Deno.test("readBody() puts bodies of all sizes together, whether their length is told or not", async () => {
  const { read, open, bytes } = reader();
  for (const size of [0, 1, 65_535, 65_537, 4 * MIB, 4 * MIB + 1, 13 * MIB + 17]) {
    const sent = noise(size);
    for (const told of [undefined, size, Math.floor(size / 2)]) {
      for (const piece of [size + 1, 65_536, 100_003]) {
        const headers = told === undefined ? {} : { "content-length": String(told) };
        const body = await read(post(chunked(sent, piece), headers as Record<string, string>));
        assert.equal(body.length, size);
        // Byte by byte in one comparison of memory: assert's own is slow for millions.
        assert.equal(Buffer.compare(body, sent), 0, `${size} told ${told} by ${piece}`);
      }
    }
  }
  const { body, reception } = open(post(chunked(noise(13 * MIB), 65_536)));
  assert.equal((await body).length, bytes.held);
  reception.release();
});

Deno.test("readBody() unpacks what is packed, gzip of several members as well", async () => {
  const { read } = reader();
  const text = new TextEncoder().encode(JSON.stringify({ data: Array(3000).fill({ text: "a" }) }));
  const half = text.length >> 1;
  const members = Buffer.concat([gzipSync(text.subarray(0, half)), gzipSync(text.subarray(half))]);
  const packed: [string, Uint8Array][] = [
    ["gzip", gzipSync(text)],
    ["x-gzip", gzipSync(text)],
    ["GZip", members],
    ["deflate", deflateSync(text)],
    ["br", brotliCompressSync(text)],
    ["", text],
    ["identity", text],
  ];
  for (const [coding, body] of packed) {
    const read_ = await read(post(new Uint8Array(body), { "content-encoding": coding }));
    assert.equal(Buffer.compare(read_, text), 0, coding);
  }
  for (const coding of ["gzip, gzip", "zstd"]) {
    const request = post(new Uint8Array(gzipSync(gzipSync(text))), { "content-encoding": coding });
    await assert.rejects(read(request), { kind: "unsupported_media" });
  }
});

Deno.test("readBody() refuses what is cut short, or has something behind its end", async () => {
  const { read, bytes } = reader();
  const text = noise(10_000);
  const codings: [string, Uint8Array][] = [
    ["gzip", gzipSync(text)],
    ["deflate", deflateSync(text)],
    ["br", brotliCompressSync(text)],
  ];
  for (const [coding, whole] of codings) {
    const wrong = {
      empty: new Uint8Array(0),
      cut: whole.subarray(0, -1),
      half: whole.subarray(0, whole.length >> 1),
      longer: Buffer.concat([whole, Buffer.from("more")]),
      other: text,
    };
    for (const [what, body] of Object.entries(wrong)) {
      const request = post(new Uint8Array(body), { "content-encoding": coding });
      await assert.rejects(read(request), { kind: "invalid" }, `${coding} ${what}`);
    }
  }
  assert.equal(bytes.held, 0);
});

Deno.test("readBody() refuses what unpacks out of proportion, and lets equal captions pass", async () => {
  const { read } = reader();
  const captions = JSON.stringify({
    data: Array(100_000).fill({ text: "a photo of a cat, indoors" }),
  });
  for (const pack of [gzipSync, brotliCompressSync]) {
    const coding = pack === gzipSync ? "gzip" : "br";
    const headers = { "content-encoding": coding };
    const body = await read(post(new Uint8Array(pack(captions)), headers));
    assert.equal(body.length, captions.length);
    const bomb = post(new Uint8Array(pack(Buffer.alloc(64 * MIB))), headers);
    await assert.rejects(read(bomb), { kind: "too_large", message: /max_unpacked_ratio/ });
  }
  const small = reader({ maxBytes: MIB });
  const large = post(new Uint8Array(gzipSync(noise(2 * MIB))), { "content-encoding": "gzip" });
  await assert.rejects(small.read(large), { kind: "too_large", message: /max_message_bytes/ });
});

Deno.test("readBody() lets the event loop turn while it unpacks and puts together", async () => {
  const { read } = reader();
  let turns = 0;
  const turning = setInterval(() => turns++, 0);
  try {
    const packed = new Uint8Array(gzipSync(noise(64 * MIB), { level: 1 }));
    turns = 0;
    await read(post(packed, { "content-encoding": "gzip" }));
    // Alone, in slices of 5 ms, on any machine: without them there is no turn at all.
    assert.ok(turns >= 5, `${turns}`);
  } finally {
    clearInterval(turning);
  }
});
