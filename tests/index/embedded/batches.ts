/** Documents that a process writes in batches, and that another knows again. */
import type { IndexEntry, IndexShape } from "../../../src/index/engine.ts";

/** What both open. */
export const CHILD_SHAPE: IndexShape = {
  dimensions: 8,
  metric: "cosine",
  columns: { batch: "int" },
};

/** Documents of a batch. */
export const BATCH = 100;

/** The documents of a batch: each has an embedding of its own. */
export function batchOf(batch: number): IndexEntry[] {
  return Array.from({ length: BATCH }, (_, i) => ({
    id: `${batch}/${i}`,
    embedding: Float32Array.from(
      { length: 8 },
      (_, j) => (Math.sin((batch * BATCH + i + 1) * (j + 1)) * 43_758) % 1,
    ),
    columns: { batch },
    document: new TextEncoder().encode(`document ${batch}/${i}`),
  }));
}
