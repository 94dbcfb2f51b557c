import assert from "node:assert/strict";
import { ClipError } from "../../src/errors.ts";
import type { EncodeItem } from "../../src/dispatch/item.ts";
import { startEncoder } from "../support/encoder.ts";

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
  const encoder = await startEncoder({
    workerUrl: faultyReplica,
    replicas: 2,
    minibatchTimeoutMs: 500,
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
