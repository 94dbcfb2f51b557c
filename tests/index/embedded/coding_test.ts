import assert from "node:assert/strict";
import { METRICS } from "../../../src/index/engine.ts";
import { distance } from "../../../src/index/distance.ts";
import { CodeStore } from "../../../src/index/embedded/code_store.ts";
import { encodeQuery } from "../../../src/index/embedded/coding.ts";
import { Nearest } from "../../../src/index/embedded/nearest.ts";
import { StepClock, withoutPause } from "../../../src/index/embedded/steps.ts";
import { Clusters, joined } from "../contract/entries.ts";

for (const metric of METRICS) {
  for (const dimensions of [1, 7, 16, 17, 100, 512, 4096]) {
    Deno.test(`codes of ${dimensions} numbers tell about how far they are by ${metric}`, () => {
      const clusters = new Clusters(3, 4, dimensions);
      const embeddings = clusters.many(40);
      const store = new CodeStore(metric, dimensions, new StepClock());
      embeddings.forEach((_, i) => store.append(i + 1, joined(embeddings), i * dimensions));
      // The largest that a code has to stand.
      for (const query of [clusters.near(1), new Float32Array(dimensions).fill(3e4)]) {
        const nearest = new Nearest(100);
        withoutPause(store.scan(encodeQuery(metric, query), 0, store.length, nearest));
        const found = nearest.sorted();
        assert.equal(found.length, 40);
        for (const { slot, distance: about } of found) {
          const exact = distance(metric, query, embeddings[slot]!);
          const length = Math.hypot(...query);
          const off = metric === "euclidean"
            ? Math.abs(about - exact ** 2)
            : Math.abs(about - exact);
          const factor = store.factorOf(slot);
          const bound = { cosine: 1, euclidean: 2 * length, inner_product: length }[metric];
          // Five deviations, and what the query's own code rounds off.
          assert.ok(off <= (1.5 * factor + 2e-4) * bound + 1e-6, `off by ${off / bound / factor}`);
        }
      }
    });
  }
}

Deno.test("Nearest keeps the nearest, whatever the order", () => {
  const distances = Array.from({ length: 500 }, (_, i) => (i * 7919) % 503);
  for (const limit of [1, 2, 10, 499, 500, 1000]) {
    const nearest = new Nearest(limit);
    distances.forEach((distance, slot) => nearest.offer(distance, slot));
    const kept = nearest.sorted().map(({ distance }) => distance);
    assert.deepEqual(kept, [...distances].sort((a, b) => a - b).slice(0, limit));
  }
});
