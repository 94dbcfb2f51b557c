import assert from "node:assert/strict";
import { ClipError } from "../../src/errors.ts";
import type { Encoder } from "../../src/dispatch/encoder.ts";
import type { EncodeItem } from "../../src/model/item.ts";
import { NO_OBSERVER } from "../../src/telemetry/engine_observer.ts";
import { assertEmpty, startEncoder } from "../support/encoder.ts";
import { GateFile } from "../support/gate_file.ts";

const text = (value: string): EncodeItem => ({ modality: "text", text: value });
const faultyReplica = new URL("./workers/faulty_replica.ts", import.meta.url).href;
const faultyPreprocess = new URL("./workers/faulty_preprocess.ts", import.meta.url).href;

Deno.test("a text that kills two replicas is failed alone; its neighbours are embedded", async () => {
  const encoder = await startEncoder({ workerUrl: faultyReplica });
  const items = [...Array.from({ length: 6 }, (_, i) => text(`good ${i}`)), text("crash now")];
  const results = await encoder.encode(items);
  for (const good of results.slice(0, 6)) assert.ok(good instanceof Float32Array, String(good));
  const bad = results[6];
  assert.ok(bad instanceof ClipError);
  assert.match(bad.message, /failed twice.*fault switch/);
  // The replica comes back, and works.
  assert.ok((await encoder.encode([text("after")]))[0] instanceof Float32Array);
  assert.ok(encoder.state.restarts >= 2);
  await encoder.close();
});

Deno.test("a replica that hangs is replaced, and the others' work goes on", async () => {
  using gate = new GateFile();
  const encoder = await startEncoder({
    workerUrl: gate.before(faultyReplica),
    replicas: 2,
    minibatchTimeoutMs: 2000,
  });
  const hanging = encoder.encode([text("hang please")]);
  const others = await encoder.encode(Array.from({ length: 20 }, (_, i) => text(`good ${i}`)));
  assert.ok(others.every((result) => result instanceof Float32Array));
  const [failed] = await hanging;
  assert.ok(failed instanceof ClipError);
  assert.match(failed.message, /did not finish/);
  await encoder.close();
});

Deno.test("a text that kills two preprocessing workers is failed alone", async () => {
  const encoder = await startEncoder({ preprocessUrl: faultyPreprocess });
  const items = [text("good 1"), text("crash here"), text("good 2")];
  const [first, bad, second] = await encoder.encode(items);
  assert.ok(first instanceof Float32Array);
  assert.ok(second instanceof Float32Array);
  assert.ok(bad instanceof ClipError);
  assert.ok((await encoder.encode([text("after")]))[0] instanceof Float32Array);
  await encoder.close();
});

Deno.test("a minibatch that one replica fails is tried on another", async () => {
  const encoder = await startEncoder({ workerUrl: faultyReplica, replicas: 2 });
  const results = await encoder.encode(
    Array.from({ length: 5 }, (_, i) => text(i === 2 ? "broken there" : `good ${i}`)),
  );
  for (const result of results) assert.ok(result instanceof Float32Array, String(result));
  await encoder.close();
});

Deno.test("a replica that fails minibatches in a row is started anew", async () => {
  const encoder = await startEncoder({ workerUrl: faultyReplica });
  const results = await encoder.encode([text("fail one"), text("fail two")]);
  for (const result of results) {
    assert.ok(result instanceof ClipError);
    assert.match(result.message, /failed twice/);
  }
  assert.ok((await encoder.encode([text("after")]))[0] instanceof Float32Array);
  assert.ok(encoder.state.restarts >= 1);
  await encoder.close();
});

Deno.test("what waits behind a slow minibatch goes to a replica that has time", async () => {
  using gate = new GateFile();
  const taken = Promise.withResolvers<void>();
  const encoder = await startEncoder({
    workerUrl: gate.before(faultyReplica),
    replicas: 2,
    observer: { ...NO_OBSERVER, waited: () => taken.resolve() },
  });
  let slowDone = false;
  const slow = encoder.encode([text("slow one")]).then(() => slowDone = true);
  await taken.promise;
  // More than both replicas hold: some full minibatch is handed to the slow one ahead of time.
  const others = await encoder.encode(Array.from({ length: 48 }, (_, i) => text(`a photo ${i}`)));
  assert.ok(others.every((result) => result instanceof Float32Array));
  assert.equal(slowDone, false);
  gate.open();
  await slow;
  assertEmpty(encoder);
  await encoder.close();
});

Deno.test("while no replica lives the encoder is not ready; what waits is served afterwards", async () => {
  let readyAtDeath: boolean | undefined;
  const encoder: Encoder = await startEncoder({
    workerUrl: faultyReplica,
    observer: { ...NO_OBSERVER, restarted: () => readyAtDeath ??= encoder.ready },
  });
  const [crashed, waiting] = await Promise.all([
    encoder.encode([text("crash now")]),
    encoder.encode([text("patient")]),
  ]);
  assert.ok(crashed[0] instanceof ClipError);
  assert.ok(waiting[0] instanceof Float32Array);
  assert.equal(readyAtDeath, false);
  assert.ok((await encoder.encode([text("after")]))[0] instanceof Float32Array);
  assert.equal(encoder.ready, true);
  await encoder.close();
});

Deno.test("close() does not wait for a replica that hangs", async () => {
  using gate = new GateFile();
  const encoder = await startEncoder({ workerUrl: gate.before(faultyReplica) });
  const hanging = encoder.encode([text("hang now"), text("behind it")]);
  await encoder.close(0);
  for (const result of await hanging) {
    assert.ok(result instanceof ClipError);
    assert.equal(result.kind, "unavailable");
  }
});

Deno.test("an image that kills two preprocessing workers is failed alone; others in flight are embedded", async () => {
  const encoder = await startEncoder({ preprocessUrl: faultyPreprocess, preprocessWorkers: 2 });
  const image = (seed: number): EncodeItem => ({
    modality: "image",
    pixels: { data: new Uint8Array(3 * 16 * 16).fill(seed), width: 16, height: 16, channels: 3 },
  });
  const bytes = new TextEncoder().encode("crash of a decoder");
  const results = await encoder.encode([
    ...Array.from({ length: 10 }, (_, i) => image(i)),
    { modality: "image", bytes },
    ...Array.from({ length: 10 }, (_, i) => image(100 + i)),
  ]);
  results.forEach((result, i) => {
    if (i !== 10) return assert.ok(result instanceof Float32Array, String(result));
    assert.ok(result instanceof ClipError);
    assert.match(result.message, /failed twice/);
  });
  assertEmpty(encoder);
  await encoder.close();
});
