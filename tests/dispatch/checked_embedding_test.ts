import assert from "node:assert/strict";
import { ClipError } from "../../src/errors.ts";
import { NO_OBSERVER } from "../../src/telemetry/engine_observer.ts";
import { startEncoder } from "../support/encoder.ts";

Deno.test("an embedding that is not finite is its own item's error, and is not kept", async () => {
  let known = 0;
  const observer = { ...NO_OBSERVER, cached: (hit: boolean) => known += hit ? 1 : 0 };
  const encoder = await startEncoder({
    workerUrl: import.meta.resolve("./workers/nan_replica.ts"),
    cacheBytes: 2 ** 20,
    observer,
  });
  const items = ["a cat", "a dog"].map((text) => ({ modality: "text" as const, text }));
  for (const wanted of [0, 1]) {
    const [bad, good] = await encoder.encode(items);
    assert.ok(bad instanceof ClipError);
    assert.equal(bad.kind, "backend");
    assert.match(bad.message, /computed NaN for this input \(dimension 3 of \d+\)/);
    if (wanted === 0) assert.ok(good instanceof Float32Array);
    assert.equal(known, wanted, "only the finite one comes from the cache");
  }
  await encoder.close();
});
