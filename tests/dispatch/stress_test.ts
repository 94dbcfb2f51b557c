/** The engine under a random mixture of everything at once: nothing is lost, doubled or kept. */
import assert from "node:assert/strict";
import { ClipError } from "../../src/errors.ts";
import type { EncodeItem, EncodeResult } from "../../src/model/item.ts";
import { NO_OBSERVER } from "../../src/telemetry/engine_observer.ts";
import { assertEmpty, startEncoder } from "../support/encoder.ts";
import { untilSo } from "../support/until.ts";

/** Small seeded generator (mulberry32): 0..1. */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6D2B79F5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const WORDS = "a photo of the cat dog house tree in rain snow and sun".split(" ");

const faults = {
  workerUrl: new URL("./workers/faulty_replica.ts", import.meta.url).href,
  preprocessUrl: new URL("./workers/faulty_preprocess.ts", import.meta.url).href,
};

Deno.test("hundreds of requests of all kinds, cancelled and faulty ones among them, each end once", async () => {
  const next = random(7);
  const below = (limit: number) => Math.floor(next() * limit);
  const computed = new Map<number, number>();
  const encoder = await startEncoder({
    ...faults,
    replicas: 2,
    preprocessWorkers: 2,
    cacheBytes: 20_000,
    observer: {
      ...NO_OBSERVER,
      computed: (replica, _modality, items) =>
        computed.set(replica, (computed.get(replica) ?? 0) + items),
    },
  });
  const item = (): EncodeItem => {
    if (next() < 0.1) {
      const data = new Uint8Array(3 * 8 * 8).fill(below(256));
      return { modality: "image", pixels: { data, width: 8, height: 8, channels: 3 } };
    }
    if (next() < 0.01) return { modality: "image", bytes: new Uint8Array([1, 2, 3]) };
    const words = Array.from({ length: 1 + below(30) }, () => WORDS[below(WORDS.length)]);
    return { modality: "text", text: words.join(" ") };
  };
  // Each kills two workers, wherever it comes in.
  const killers = new Map<number, EncodeItem>([
    [60, { modality: "text", text: "explode the replica" }],
    [140, { modality: "text", text: "explode another one" }],
    [220, { modality: "image", bytes: new TextEncoder().encode("crash of a decoder") }],
  ]);

  const request = async (index: number): Promise<void> => {
    const items = Array.from({ length: 1 + below(index % 50 === 0 ? 120 : 12) }, item);
    const killer = killers.get(index);
    if (killer) items.push(killer);
    const leaving = new AbortController();
    const leaves = !killer && next() < 0.2;
    const flow = { of: index % 7 };
    const answer = encoder.encode(items, { signal: leaving.signal, flow });
    if (leaves) {
      const when = below(4);
      for (let i = 0; i < when; i++) await new Promise((resolve) => setTimeout(resolve));
      leaving.abort(new ClipError("cancelled", "The client left"));
    }
    let results: EncodeResult[];
    try {
      results = await answer;
    } catch (thrown) {
      assert.ok(leaves);
      assert.equal((thrown as ClipError).kind, "cancelled");
      return;
    }
    assert.equal(results.length, items.length);
    results.forEach((result, i) => {
      const one = items[i]!;
      if (one === killer) {
        assert.match(String(result), /failed twice/);
      } else if (one.modality === "image" && "bytes" in one) {
        assert.equal((result as ClipError).kind, "document");
      } else {
        assert.ok(result instanceof Float32Array, String(result));
        assert.equal(result.length, encoder.shape.embedDim);
      }
    });
  };

  for (let wave = 0; wave < 6; wave++) {
    await Promise.all(Array.from({ length: 50 }, (_, i) => request(50 * wave + i)));
  }
  // What was cancelled in a worker's hands is let go when it comes back.
  await untilSo(() => encoder.slots!.text.free === encoder.slots!.text.total);
  await untilSo(() => encoder.slots!.image.free === encoder.slots!.image.total);
  await untilSo(() => encoder.state.running === 0);
  assertEmpty(encoder);
  assert.ok(encoder.state.restarts >= 2, `${encoder.state.restarts} restarts`);
  assert.deepEqual([...computed.keys()].sort(), [0, 1]);
  await encoder.close();
});

Deno.test("a large request uses every replica", async () => {
  const seen = new Set<number>();
  const encoder = await startEncoder({
    replicas: 2,
    observer: { ...NO_OBSERVER, computed: (replica) => seen.add(replica) },
  });
  await encoder.encode(
    Array.from({ length: 64 }, (_, i): EncodeItem => ({ modality: "text", text: `photo ${i}` })),
  );
  assert.deepEqual([...seen].sort(), [0, 1]);
  await encoder.close();
});
