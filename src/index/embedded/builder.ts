/** Moves documents from the tail into the graph, a few at a time. */
import type { Database } from "./database.ts";
import { SLOT } from "./code_segment.ts";
import type { Vectors } from "./vectors.ts";

/** How long one step shall take, milliseconds. */
const STEP_MS = 5;

/** Most vectors of one step. */
const MOST = 1024;

/** Builds the graph. */
export class Builder {
  readonly #dimensions: number;
  /** How many vectors take about `STEP_MS`. */
  #size = 16;

  constructor(dimensions: number) {
    this.#dimensions = dimensions;
  }

  /** Takes the next documents of the tail in. @returns how many. */
  step(database: Pick<Database, "embeddingsAfter">, vectors: Vectors): number {
    const { codes, graph, tail } = vectors;
    if (vectors.waiting === 0) return 0;
    const began = performance.now();
    const first = codes.keyOf(tail);
    const rows = database.embeddingsAfter(first - 1, this.#size);
    if (rows[0]?.key !== first) {
      // Somebody else removed it from the database: it would be waited for without end.
      vectors.remove(first);
      return 1;
    }
    const [keys, slots]: [number[], number[]] = [[], []];
    const prepared = new Float32Array(rows.length * this.#dimensions);
    let settled = 0;
    for (const { key, embedding } of rows) {
      const slot = codes.slotOf(key);
      if (slot < 0 || codes.stateOf(slot) !== SLOT.waiting) continue;
      settled++;
      if (graph.prepare(embedding, prepared, keys.length * this.#dimensions)) {
        keys.push(key);
        slots.push(slot);
      } else vectors.settle(slot, false);
    }
    try {
      graph.add(keys, prepared.subarray(0, keys.length * this.#dimensions));
    } catch {
      // What it did not take is left apart, where it is found as well.
    }
    for (const [i, slot] of slots.entries()) vectors.settle(slot, graph.has(keys[i]!));
    const took = performance.now() - began;
    this.#size = Math.max(
      1,
      Math.min(MOST, 2 * this.#size, Math.round(this.#size * STEP_MS / took)),
    );
    return settled;
  }
}
