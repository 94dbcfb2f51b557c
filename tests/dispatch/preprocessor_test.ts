import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Job } from "../../src/dispatch/job.ts";
import { Preprocessor } from "../../src/dispatch/preprocessor.ts";
import type { EncodeItem } from "../../src/model/item.ts";
import type { PreprocessSpec } from "../../workers/messages.ts";

const URL_OF_WORKER = new URL("./workers/measuring_preprocess.ts", import.meta.url).href;

/** Bytes of memory that came with an image. */
async function sentBytes(item: EncodeItem): Promise<number> {
  const told = Promise.withResolvers<number>();
  const preprocessor = new Preprocessor(0, URL_OF_WORKER, {
    timeoutMs: 60_000,
    imageTimeoutMs: 60_000,
  }, {
    prepared: (_jobs, _lengths, errors) => told.resolve(Number(errors[0]?.message)),
    died: (error) => told.reject(error),
  });
  try {
    await preprocessor.open({} as PreprocessSpec);
    preprocessor.prepareImage({ item, slot: 0 } as Job);
    return await told.promise;
  } finally {
    preprocessor.close();
  }
}

Deno.test("an image goes to its worker without the rest of the request that it is a view into", async () => {
  const request = new Uint8Array(3_000_000);
  const bytes = request.subarray(1000, 101_000);
  bytes.fill(7);
  assert.equal(await sentBytes({ modality: "image", bytes }), 100_000);
  const pixels = { data: request.subarray(0, 12), width: 2, height: 2, channels: 3 as const };
  assert.equal(await sentBytes({ modality: "image", pixels }), 12);
  // Small Buffers are views into a pool that the whole process shares.
  const pooled = Buffer.from("a small image");
  const pool = pooled.buffer.byteLength;
  assert.equal(await sentBytes({ modality: "image", bytes: pooled }), pooled.length);
  assert.equal(pooled.buffer.byteLength, pool);
  assert.equal(pooled.toString(), "a small image");
  // The request keeps its image: the answer has it, and another worker may need it.
  assert.equal(bytes.length, 100_000);
  assert.ok(bytes.every((byte) => byte === 7));
  assert.equal(request.buffer.byteLength, 3_000_000);
});
