import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { ClipError } from "../../src/errors.ts";
import type { EncodeItem, EncodeResult } from "../../src/model/item.ts";
import { type EngineObserver, NO_OBSERVER } from "../../src/telemetry/engine_observer.ts";
import { assertEmpty, startEncoder } from "../support/encoder.ts";
import { GateFile } from "../support/gate_file.ts";
import { settle } from "../support/turns.ts";

const text = (value: string): EncodeItem => ({ modality: "text", text: value });

function embedding(result: EncodeResult | undefined): Float32Array {
  assert.ok(result instanceof Float32Array, String(result));
  return result;
}

function assertClose(a: Float32Array, b: Float32Array): void {
  assert.equal(a.length, b.length);
  a.forEach((value, i) => assert.ok(Math.abs(value - b[i]!) < 1e-5, `${i}: ${value} ${b[i]}`));
}

Deno.test("encode() gives the same embedding alone and in a minibatch, in the order of the items", async () => {
  const encoder = await startEncoder({ replicas: 2, preprocessWorkers: 2 });
  const texts = Array.from(
    { length: 40 },
    (_, i) => text(`photo ${i} ${"of a cat ".repeat(i % 9)}`),
  );
  const together = await encoder.encode(texts);
  for (const i of [0, 7, 8, 39]) {
    const [alone] = await encoder.encode([texts[i]!]);
    assertClose(embedding(alone), embedding(together[i]));
  }
  assert.equal(encoder.state.running, 0);
  assert.equal(encoder.state.heldBytes, 0);
  await encoder.close();
});

Deno.test("encode() fails one bad image alone and embeds the rest of the minibatch", async () => {
  const encoder = await startEncoder();
  const pixels = {
    data: new Uint8Array(3 * 20 * 10).fill(90),
    width: 20,
    height: 10,
    channels: 3 as const,
  };
  const results = await encoder.encode([
    { modality: "image", pixels },
    { modality: "image", bytes: new Uint8Array([1, 2, 3]) },
    text("a cat"),
  ]);
  assert.equal(embedding(results[0]).length, encoder.shape.embedDim);
  assert.ok(results[1] instanceof ClipError);
  assert.equal(results[1].kind, "document");
  assert.equal(embedding(results[2]).length, encoder.shape.embedDim);
  assert.deepEqual(encoder.state.embedded, { text: 1, image: 1 }, "the bad one does not count");
  await encoder.close();
});

Deno.test("encode() computes equal items of different requests once", async () => {
  let items = 0;
  let merged = 0;
  const observer: EngineObserver = {
    ...NO_OBSERVER,
    computed: (_replica, _modality, count) => items += count,
    merged: () => merged++,
  };
  const encoder = await startEncoder({ observer });
  const [a, b] = await Promise.all([
    encoder.encode([text("same"), text("same"), text("other")]),
    encoder.encode([text("same")]),
  ]);
  assert.equal(items, 2);
  assert.equal(merged, 2);
  assertClose(embedding(a[0]), embedding(b[0]));
  await encoder.close();
});

Deno.test("encode() answers from the cache, and counts hits and misses", async () => {
  const seen: boolean[] = [];
  let items = 0;
  const observer: EngineObserver = {
    ...NO_OBSERVER,
    cached: (hit) => seen.push(hit),
    computed: (_replica, _modality, count) => items += count,
  };
  const encoder = await startEncoder({ observer, cacheBytes: 2 ** 20 });
  const [first] = await encoder.encode([text("again")]);
  const [second] = await encoder.encode([text("again")]);
  assertClose(embedding(first), embedding(second));
  assert.deepEqual(seen, [false, true]);
  assert.equal(items, 1);
  await encoder.close();
});

Deno.test("encode() drops what a client that left had queued, and computes none of it", async () => {
  let items = 0;
  const observer: EngineObserver = {
    ...NO_OBSERVER,
    computed: (_replica, _modality, count) => items += count,
  };
  const encoder = await startEncoder({ observer });
  const gone = new AbortController();
  const many = Array.from({ length: 500 }, (_, i) => text(`text number ${i}`));
  const cancelled = encoder.encode(many, { signal: gone.signal });
  const kept = encoder.encode([text("kept")]);
  gone.abort(new ClipError("cancelled", "The client left"));
  await assert.rejects(cancelled, { kind: "cancelled" });
  embedding((await kept)[0]);
  await encoder.close();
  assert.ok(items < 100, `${items} of 500 were computed`);
  assert.equal(encoder.state.heldBytes, 0);
});

Deno.test("encode() refuses what the queue has no room for, and takes it later", async () => {
  const encoder = await startEncoder({ maxQueue: 100 });
  const batch = (from: number) => Array.from({ length: 100 }, (_, i) => text(`text ${from + i}`));
  const first = encoder.encode(batch(0));
  assert.equal(encoder.refusal()?.kind, "overloaded");
  await assert.rejects(encoder.encode(batch(1000)), { kind: "overloaded" });
  await first;
  assert.equal((await encoder.encode(batch(1000))).length, 100);
  await encoder.close();
});

Deno.test("encode() embeds a text that comes alone as it does in company, long or short", async () => {
  const encoder = await startEncoder();
  const words = ["a cat", "a much longer description of a dog ".repeat(40)];
  const together = await encoder.encode(words.map(text));
  for (const [i, word] of words.entries()) {
    const [alone] = await encoder.encode([text(word)]);
    assertClose(embedding(alone), embedding(together[i]));
  }
  await encoder.close();
  assertEmpty(encoder);
});

Deno.test("encode() embeds a short text while all preprocessing workers are held up", async () => {
  using gate = new GateFile();
  const encoder = await startEncoder({
    preprocessUrl: gate.before(new URL("./workers/faulty_preprocess.ts", import.meta.url).href),
  });
  let heldUp = true;
  const held = encoder.encode([
    { modality: "image", bytes: new TextEncoder().encode("slow image") },
  ]).then(() => heldUp = false);
  embedding((await encoder.encode([text("quick")]))[0]);
  assert.equal(heldUp, true);
  gate.open();
  await held;
  await encoder.close();
});

Deno.test("encode() serves a small request while a large one is in work", async () => {
  const encoder = await startEncoder();
  const large = encoder.encode(Array.from({ length: 400 }, (_, i) => text(`large ${i}`)));
  let largeDone = false;
  large.then(() => largeDone = true);
  await encoder.encode([text("small")]);
  assert.equal(largeDone, false);
  await large;
  await encoder.close();
});

Deno.test("close() finishes what was taken and refuses the rest", async () => {
  const encoder = await startEncoder();
  const taken = encoder.encode(Array.from({ length: 50 }, (_, i) => text(`taken ${i}`)));
  const closed = encoder.close();
  await assert.rejects(encoder.encode([text("late")]), { kind: "unavailable" });
  assert.equal((await taken).every((result) => result instanceof Float32Array), true);
  await closed;
});

Deno.test("start() fails with the reason when a graph cannot be loaded", async () => {
  await assert.rejects(
    startEncoder({
      spec: () => ({
        model: {
          textual: "/nonexistent/textual.onnx",
          visual: "/nonexistent/visual.onnx",
          mean: [0, 0, 0],
          std: [1, 1, 1],
          contextLength: 77,
          vocabSize: 49_408,
          alreadyOptimized: false,
        },
        providers: [{ name: "cpu" }],
        threads: 1,
      }),
    }),
    (error: ClipError) => error.kind === "model" && error.message.includes("/nonexistent/"),
  );
});

Deno.test("start() fails with the reason when a preprocessing worker does not start", async () => {
  const preprocessUrl = "data:application/javascript,throw new Error('no codec')";
  await assert.rejects(
    startEncoder({ preprocessUrl }),
    (error: ClipError) => error.kind === "backend" && error.message.includes("no codec"),
  );
});

/** So many items that they are not taken in at one go. */
const MANY = 20_000;

Deno.test("the event loop turns while very many items are taken in", async () => {
  const encoder = await startEncoder({ maxQueue: MANY });
  const controller = new AbortController();
  const { signal } = controller;
  const items = Array.from({ length: MANY }, (_, i) => text(`${i} ${"x".repeat(3000)}`));
  const embedding = encoder.encode(items, { signal });
  const states: number[] = [];
  for (let turn = 0; turn < 3; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    states.push(encoder.state.waiting.text);
  }
  assert.ok(states[0]! > 0 && states[0]! < MANY, `some of them are inside: ${states}`);
  assert.equal(encoder.refusal(), undefined, "and those to come leave places to others");
  controller.abort(new ClipError("cancelled", "gone"));
  await assert.rejects(embedding, { kind: "cancelled" });
  // Once more, and nothing of the first is left.
  await encoder.encode([text("after")]);
  // A worker has some of them in hand.
  const all = encoder.slots!.text.total;
  await settle(() => encoder.slots!.text.free === all);
  assertEmpty(encoder);
  await encoder.close();
});

Deno.test("what a stream brings goes in when a large request that held it up is answered from the cache", async () => {
  const encoder = await startEncoder({ cacheBytes: 1e6, maxQueueBytes: 1e6 });
  const known = text("a cat ".repeat(20));
  await encoder.encode([known]);
  const large = encoder.encode(new Array(MANY).fill(known));
  const brought = encoder.encode([text("a dog")], { wait: true });
  assert.ok(embedding((await brought)[0]));
  assert.equal((await large).length, MANY);
  await encoder.close();
});
