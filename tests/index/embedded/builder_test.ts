/** Documents move from the tail into the graph, whatever became of them in the database. */
import assert from "node:assert/strict";
import { Builder } from "../../../src/index/embedded/builder.ts";
import { StepClock } from "../../../src/index/embedded/steps.ts";
import { Vectors } from "../../../src/index/embedded/vectors.ts";

const GRAPH = { connectivity: 16, expansionAdd: 128, expansionSearch: 128 };

Deno.test("a document that is gone from the database is not waited for", () => {
  const shape = { dimensions: 4, metric: "cosine", columns: {} } as const;
  const vectors = new Vectors(shape, GRAPH, 1, new StepClock());
  const kept = new Map([1, 2, 3].map((key) => [key, Float32Array.of(1, key, 0, 0)]));
  for (const [key, embedding] of kept) vectors.add(key, embedding, 0);
  kept.delete(1);
  kept.delete(3);
  const database = {
    embeddingsAfter: (after: number, limit: number) =>
      [...kept].filter(([key]) => key > after).slice(0, limit)
        .map(([key, embedding]) => ({ key, embedding })),
  };
  const builder = new Builder(shape.dimensions);
  let steps = 0;
  while (vectors.waiting > 0 && steps < 10) {
    builder.step(database, vectors);
    steps++;
  }
  assert.equal(vectors.waiting, 0);
  assert.equal(vectors.size, 1);
  assert.equal(vectors.graph.size, 1);
});
