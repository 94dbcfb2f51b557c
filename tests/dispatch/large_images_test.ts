import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { ClipError } from "../../src/errors.ts";
import type { EncodeItem } from "../../src/model/item.ts";
import { assertEmpty, startEncoder } from "../support/encoder.ts";
import { GateFile } from "../support/gate_file.ts";

const slowPreprocess = new URL("./workers/slow_preprocess.ts", import.meta.url).href;

/** The beginning of a PNG file; `mark` makes files differ. */
function png(width: number, height: number, mark = 0): EncodeItem {
  const bytes = Buffer.alloc(40);
  bytes.write("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", "latin1");
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  bytes.set([8, 2, 0, 0, 0], 24);
  bytes[39] = mark;
  return { modality: "image", bytes };
}

const large = (mark: number) => png(3000, 3000, mark);
const behind = (gate: GateFile) => ({
  preprocessUrl: gate.before(slowPreprocess),
  maxPixels: 64_000_000,
});

Deno.test("small images do not wait behind large ones, however many there are", async () => {
  using gate = new GateFile();
  const encoder = await startEncoder({ ...behind(gate), preprocessWorkers: 2 });
  let settled = 0;
  const slow = Array.from({ length: 8 }, (_, i) =>
    encoder.encode([large(i)]).then(([result]) => {
      settled++;
      return result;
    }));
  for (let i = 0; i < 20; i++) {
    const [result] = await encoder.encode([png(10, 10, i)]);
    assert.match((result as ClipError).message, /done/);
  }
  assert.equal(settled, 0);
  gate.open();
  for (const result of await Promise.all(slow)) assert.match((result as ClipError).message, /done/);
  assertEmpty(encoder);
  await encoder.close();
});

Deno.test("large images are decoded together only as far as there is memory for them", async () => {
  using gate = new GateFile();
  // Six workers, so three lanes for large images; memory for one (36 MB each).
  const encoder = await startEncoder({
    ...behind(gate),
    preprocessWorkers: 6,
    maxDecodeBytes: 40e6,
  });
  const slow = Array.from({ length: 6 }, (_, i) => encoder.encode([large(i)]));
  // Five workers are free: each has room for two, and none of them is held by a large one.
  const small = Array.from({ length: 10 }, (_, i) => encoder.encode([png(10, 10, i)]));
  await Promise.all(small);
  assert.equal(encoder.slots!.image.total - encoder.slots!.image.free, 1);
  gate.open();
  await Promise.all(slow);
  assertEmpty(encoder);
  await encoder.close();
});

Deno.test("an image that takes too long is an error of its document, and its worker is replaced", async () => {
  using gate = new GateFile();
  const encoder = await startEncoder({
    ...behind(gate),
    preprocessWorkers: 1,
    imageTimeoutMs: 1000,
  });
  const [result] = await encoder.encode([large(0)]);
  assert.ok(result instanceof ClipError);
  assert.equal(result.kind, "document");
  assert.match(result.message, /longer than 1000 ms.*`image_timeout_ms`/);
  const [after] = await encoder.encode([png(10, 10)]);
  assert.match((after as ClipError).message, /done/);
  gate.open();
  assertEmpty(encoder);
  await encoder.close();
});

Deno.test("a large image that nobody wants any more takes no lane", async () => {
  using gate = new GateFile();
  const encoder = await startEncoder({ ...behind(gate), preprocessWorkers: 2 });
  const first = encoder.encode([large(0)]);
  const leaver = new AbortController();
  const left = encoder.encode([large(1)], { signal: leaver.signal });
  const last = encoder.encode([large(2)]);
  leaver.abort(new ClipError("cancelled", "gone"));
  await assert.rejects(left, /gone/);
  gate.open();
  assert.match(((await first)[0] as ClipError).message, /done/);
  assert.match(((await last)[0] as ClipError).message, /done/);
  assertEmpty(encoder);
  await encoder.close();
});
