import assert from "node:assert/strict";
import { embeddingsAnswer } from "../../../src/dialects/embeddings/answer.ts";
import type { VectorEncoding } from "../../../src/dialects/embeddings/vector_options.ts";

const VECTORS = [Float32Array.of(0.5, -0.25, 1, 0.1), Float32Array.of(1, 2, 3, 4)];

async function answer(encoding: Partial<VectorEncoding>, vectors = VECTORS) {
  const { body, headers, status } = await embeddingsAnswer({
    vectors,
    tokens: 7,
    model: 'a "model"/b',
    encoding: { format: "float", packed: false, half: false, bigEndian: false, ...encoding },
  }, new AbortController().signal);
  assert.equal(status, 200);
  assert.equal(headers["content-type"], "application/json");
  return JSON.parse(new TextDecoder().decode(body!));
}

Deno.test("the answer is OpenAI's list", async () => {
  const { id, created, ...rest } = await answer({});
  assert.match(id, /^embd-[0-9a-f-]{36}$/);
  assert.ok(Math.abs(created - Date.now() / 1000) < 60);
  assert.deepEqual(rest, {
    object: "list",
    data: [
      { object: "embedding", index: 0, embedding: [0.5, -0.25, 1, 0.1] },
      { object: "embedding", index: 1, embedding: [1, 2, 3, 4] },
    ],
    model: 'a "model"/b',
    usage: { prompt_tokens: 7, total_tokens: 7 },
  });
});

Deno.test("base64 is float32, little-endian, without gaps; halves and big-endian if asked", async () => {
  const bytes = async (encoding: Partial<VectorEncoding>) =>
    Uint8Array.fromBase64((await answer({ format: "base64", ...encoding })).data[0].embedding);
  const plain = new DataView((await bytes({})).buffer);
  assert.deepEqual([0, 4, 8, 12].map((at) => plain.getFloat32(at, true)), [...VECTORS[0]!]);
  const big = new DataView((await bytes({ bigEndian: true })).buffer);
  assert.deepEqual([0, 4, 8, 12].map((at) => big.getFloat32(at, false)), [...VECTORS[0]!]);
  const half = new Float16Array((await bytes({ half: true })).buffer);
  assert.deepEqual([...half], [0.5, -0.25, 1, Math.f16round(0.1)]);
  const both = new DataView((await bytes({ half: true, bigEndian: true })).buffer);
  assert.deepEqual([0, 2, 4].map((at) => both.getFloat16(at, false)), [0.5, -0.25, 1]);
  assert.deepEqual([...VECTORS[0]!], [...Float32Array.of(0.5, -0.25, 1, 0.1)], "it was changed");
});

Deno.test("whole numbers are lists, or their bytes", async () => {
  const packed = await answer({ format: "int8", packed: true });
  const bytes = Uint8Array.fromBase64(packed.data[0].embedding);
  assert.deepEqual([...new Int8Array(bytes.buffer)], [64, -32, 127, 13]);
  assert.deepEqual((await answer({ format: "int8" })).data[0].embedding, [64, -32, 127, 13]);
  assert.deepEqual((await answer({ format: "ubinary" })).data[1].embedding, [0xf0]);
});
