/** Documents, queries and right answers for the contract of engines. */
import { compareCodePoints } from "../../../src/code_point_order.ts";
import type { ColumnValue } from "../../../src/index/columns.ts";
import { distance } from "../../../src/index/distance.ts";
import type { IndexEntry, Metric, SearchHit } from "../../../src/index/engine.ts";
import type { Filter } from "../../../src/index/filter/filter.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import { matches } from "../matches.ts";

const encoder = new TextEncoder();

/** A document whose bytes are its id. */
export function entry(
  id: string,
  embedding: ArrayLike<number>,
  columns: Record<string, ColumnValue | null> = {},
  document: Uint8Array = encoder.encode(id),
): IndexEntry {
  return { id, embedding: Float32Array.from(embedding), columns, document };
}

/** Queries one after the other, as a search takes them. */
export function joined(queries: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(queries.length * (queries[0]?.length ?? 0));
  queries.forEach((query, i) => all.set(query, i * query.length));
  return all;
}

/** The nearest documents by looking at each: ids and distances. */
export function nearest(
  metric: Metric,
  entries: readonly IndexEntry[],
  query: Float32Array,
  limit: number,
  filter?: Filter,
): { id: string; distance: number }[] {
  return entries
    .filter(({ columns }) => filter === undefined || matches(filter, columns))
    .map(({ id, embedding }) => ({ id, distance: distance(metric, query, embedding) }))
    .sort((a, b) => a.distance - b.distance || compareCodePoints(a.id, b.id))
    .slice(0, limit);
}

/** Share of the true nearest that was found. */
export function recall(
  found: readonly (readonly SearchHit[])[],
  truth: readonly (readonly { id: string }[])[],
): number {
  let hits = 0;
  let all = 0;
  truth.forEach((right, i) => {
    const ids = new Set(found[i]?.map(({ id }) => id));
    hits += right.filter(({ id }) => ids.has(id)).length;
    all += right.length;
  });
  return all === 0 ? 1 : hits / all;
}

/** Embeddings that cluster as real ones do: a mixture of Gaussians. */
export class Clusters {
  readonly #random;
  readonly #centres: Float32Array[];
  readonly #dimensions: number;

  constructor(seed: number, centres: number, dimensions: number) {
    this.#random = seededRandom(seed);
    this.#dimensions = dimensions;
    this.#centres = Array.from({ length: centres }, () => this.#gaussian(1));
  }

  /** One of a cluster. */
  near(centre: number): Float32Array {
    const noise = this.#gaussian(0.5);
    return noise.map((value, i) => value + this.#centres[centre]![i]!);
  }

  /** So many, of one cluster after the other. */
  many(count: number): Float32Array[] {
    return Array.from({ length: count }, (_, i) => this.near(i % this.#centres.length));
  }

  #gaussian(deviation: number): Float32Array {
    return Float32Array.from({ length: this.#dimensions }, () => deviation * this.#normal());
  }

  /** Box and Muller's. */
  #normal(): number {
    const [u, v] = [this.#uniform(), this.#uniform()];
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  }

  #uniform(): number {
    return (this.#random.below(2 ** 32) + 0.5) / 2 ** 32;
  }
}
