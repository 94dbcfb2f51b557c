/**
 * The HNSW graph, by usearch 2.26: it proposes keys of documents that are near. usearch ends the
 * process where others throw (a count or a number of threads that is not a whole number, a file that
 * is none of its own), and takes NaN for near everything: nothing reaches it that was not looked at.
 *
 * Numbers of 8 bits for cosine: half the memory and twice the speed of 16, and what it proposes is
 * measured anew in any case. For the other metrics, which see lengths, bfloat16, which has them all.
 */
import { Index, type MetricKind, type ScalarKind } from "usearch";
import { norm } from "../distance.ts";
import type { Metric } from "../engine.ts";

/** How a graph is made. */
export interface GraphSettings {
  /** Neighbours of a vector. */
  connectivity: number;
  /** Candidates while it is built. */
  expansionAdd: number;
  /** Candidates of a search. */
  expansionSearch: number;
}

/** Numbers beyond are left out of a graph that sees lengths: their squares have no place in float32. */
const LARGEST = 1e15;

const METRIC_KINDS: Record<Metric, `${MetricKind}`> = {
  cosine: "cos",
  euclidean: "l2sq",
  inner_product: "ip",
};

/** Most neighbours, and candidates while building or searching, that are asked of usearch. */
const BOUNDS = { connectivity: [2, 512], expansion: [1, 100_000] } as const;

/** A graph over some of the documents. */
export class Graph {
  readonly #metric: Metric;
  readonly #dimensions: number;
  readonly #settings: GraphSettings;
  readonly #threads: number;
  #index: Index;
  #places = 0;

  /** @param threads that build it, at least 1. */
  constructor(metric: Metric, dimensions: number, settings: GraphSettings, threads: number) {
    this.#metric = metric;
    this.#dimensions = dimensions;
    this.#settings = settings;
    this.#threads = bounded(threads, 1, 256);
    this.#index = this.#empty();
  }

  get size(): number {
    return this.#index.size();
  }

  /** Vectors that it has places for: those of removed ones are kept until others take them. */
  get places(): number {
    return this.#places;
  }

  /** Candidates of a search. */
  get expansion(): number {
    return bounded(this.#settings.expansionSearch, ...BOUNDS.expansion);
  }

  /**
   * An embedding as the graph takes it.
   * @returns false if it cannot have it.
   */
  prepare(embedding: Float32Array, into: Float32Array, at: number): boolean {
    const length = norm(embedding, 0, embedding.length);
    if (this.#metric !== "cosine") {
      for (const value of embedding) if (!(Math.abs(value) <= LARGEST)) return false;
      into.set(embedding, at);
      return true;
    }
    if (!(length > 0) || length === Infinity) return false;
    for (let i = 0; i < embedding.length; i++) into[at + i] = embedding[i]! / length;
    return true;
  }

  /**
   * Takes vectors in.
   * @param keys whole numbers from 1, none of which it has.
   * @param vectors float32 `[N, D]`, each written by `prepare`.
   */
  add(keys: readonly number[], vectors: Float32Array): void {
    if (keys.length === 0) return;
    this.#index.add(BigUint64Array.from(keys, BigInt), vectors, this.#threads);
    this.#places = Math.max(this.#places, this.size);
  }

  /** Whether it has a vector. */
  has(key: number): boolean {
    return this.#index.contains(BigInt(key)) === true;
  }

  /** Takes a vector out. */
  remove(key: number): void {
    this.#index.remove(BigInt(key));
  }

  /** The keys of about the `count` nearest. @param query as `prepare` writes it. */
  search(query: Float32Array, count: number): number[] {
    const most = bounded(Math.min(count, this.size), 0, BOUNDS.expansion[1]);
    if (most === 0) return [];
    return Array.from(this.#index.search(query, most, 1).keys, Number);
  }

  /** Writes it to a file. @throws {Error} if it cannot be written; what is there then is a part. */
  save(path: string): void {
    this.#index.save(path);
  }

  /**
   * Reads a file in its place.
   * @param path of a file that `save` wrote, byte for byte: others may end the process.
   * @param places as it had when it was written.
   * @returns whether it is one of this graph's shape.
   */
  load(path: string, places: number): boolean {
    this.#index.load(path);
    this.#places = places;
    return this.#index.dimensions() === this.#dimensions;
  }

  /**
   * Removes all. Memory comes back at once where a file can be written: nothing else makes usearch
   * let go of it before the next collection of garbage, which does not see how much it is.
   * @param scratch a path where a small file may be written for the moment.
   */
  clear(scratch: string): void {
    this.#places = 0;
    const empty = this.#empty();
    try {
      empty.save(scratch);
      this.#index.load(scratch);
    } catch {
      this.#index = empty;
    } finally {
      try {
        Deno.removeSync(scratch);
      } catch {
        // It was not written.
      }
    }
  }

  #empty(): Index {
    const { connectivity, expansionAdd } = this.#settings;
    return new Index({
      dimensions: this.#dimensions,
      metric: METRIC_KINDS[this.#metric] as MetricKind,
      quantization: (this.#metric === "cosine" ? "i8" : "bf16") as ScalarKind,
      connectivity: bounded(connectivity, ...BOUNDS.connectivity),
      expansion_add: bounded(expansionAdd, ...BOUNDS.expansion),
      expansion_search: this.expansion,
      multi: false,
    });
  }
}

function bounded(value: number, least: number, most: number): number {
  const whole = Math.floor(value);
  return whole >= least ? Math.min(whole, most) : least;
}
