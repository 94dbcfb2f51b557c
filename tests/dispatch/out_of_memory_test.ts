import assert from "node:assert/strict";
import { isOutOfMemory } from "../../src/dispatch/out_of_memory.ts";
import type { EncodeItem } from "../../src/model/item.ts";
import { NO_OBSERVER } from "../../src/telemetry/engine_observer.ts";
import { ClipError } from "../../src/errors.ts";
import { Log } from "../../src/telemetry/log.ts";
import { startEncoder } from "../support/encoder.ts";

const SMALL_MEMORY = new URL("./workers/small_memory_replica.ts", import.meta.url).href;

const texts = (count: number, word: string): EncodeItem[] =>
  Array.from({ length: count }, (_, i) => ({ modality: "text", text: `${word} ${i}` }));

Deno.test("a minibatch too large for the memory is split, and later ones are smaller", async () => {
  const lines: string[] = [];
  const sizes: number[] = [];
  const encoder = await startEncoder({
    workerUrl: SMALL_MEMORY,
    minibatchSize: 16,
    tokenBudget: 16 * 77,
    log: new Log("test", {
      level: "INFO",
      json: false,
      color: false,
      write: (line) => lines.push(line),
    }),
    observer: {
      ...NO_OBSERVER,
      computed: (_replica, _modality, size) => void sizes.push(size),
    },
  });
  const plain = await startEncoder();
  try {
    const items = texts(40, "good");
    const [found, wanted] = [await encoder.encode(items), await plain.encode(items)];
    found.forEach((embedding, i) => {
      assert.ok(embedding instanceof Float32Array, String(embedding));
      const same = wanted[i] as Float32Array;
      assert.ok(embedding.every((value, d) => Math.abs(value - same[d]!) < 1e-5), `text ${i}`);
    });
    assert.ok(sizes.every((size) => size <= 3), `ran ${sizes}`);
    const told = lines.filter((line) => line.includes("smaller minibatches from now on"));
    assert.ok(told.length > 0 && told.length <= 8, told.join("\n"));
    // The limit stays: nothing fails any more.
    lines.length = 0;
    const after = await encoder.encode(texts(20, "later"));
    assert.ok(after.every((embedding) => embedding instanceof Float32Array));
    assert.deepEqual(lines, []);
  } finally {
    await encoder.close();
    await plain.close();
  }
});

Deno.test("isOutOfMemory() knows the words of each provider, and no others", () => {
  const table: [message: string, is: boolean][] = [
    ["Failed to allocate memory for requested buffer of size 805306368", true],
    ["CUDA failure 2: out of memory", true],
    ["CUDA error cudaErrorMemoryAllocation:out of memory", true],
    ["CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED", true],
    ["CUDNN_STATUS_ALLOC_FAILED", true],
    ["BFCArena::AllocateRawInternal", true],
    ["vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY", true],
    ["std::bad_alloc", true],
    ["Killed by the OOM killer", true],
    ["there is no room for this in the zoom", false],
    ["Non-zero status code returned while running Gather node", false],
  ];
  for (const [message, is] of table) {
    assert.equal(isOutOfMemory(new ClipError("backend", message)), is, message);
  }
});
