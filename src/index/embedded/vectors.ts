/** What the index has in memory: codes of all documents, and a graph over most of them. */
import type { IndexShape } from "../engine.ts";
import { SLOT } from "./code_segment.ts";
import { CodeStore } from "./code_store.ts";
import { Graph, type GraphSettings } from "./graph.ts";
import type { StepClock } from "./steps.ts";

/** A graph with more places of removed vectors than this, and than vectors, is made anew. */
const LEAST_PLACES = 10_000;

/**
 * Documents come with growing keys and wait, in the *tail*, until the graph takes them in that order.
 * Those that it cannot have stay *apart*. Until a document is in the graph every search looks at it.
 */
export class Vectors {
  readonly codes: CodeStore;
  readonly graph: Graph;
  #waiting = 0;
  /** No slot before it waits. */
  #tail = 0;
  #apart: number[] = [];

  constructor(shape: IndexShape, settings: GraphSettings, threads: number, clock: StepClock) {
    this.codes = new CodeStore(shape.metric, shape.dimensions, clock);
    this.graph = new Graph(shape.metric, shape.dimensions, settings, threads);
  }

  /** Documents. */
  get size(): number {
    return this.codes.size;
  }

  /** Documents that are not in the graph yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** The first slot of the tail. */
  get tail(): number {
    return this.#tail = this.codes.firstWith(SLOT.waiting, this.#tail);
  }

  /** Slots of documents that the graph cannot have, ascending. */
  get apart(): readonly number[] {
    return this.#apart;
  }

  /** Takes a document in. @param key greater than all before. */
  add(key: number, embeddings: Float32Array, at: number): void {
    this.codes.append(key, embeddings, at);
    this.#waiting++;
  }

  /** Takes a document out. */
  remove(key: number): void {
    const slot = this.codes.slotOf(key);
    if (slot < 0) return;
    const state = this.codes.stateOf(slot);
    this.codes.setState(slot, SLOT.removed);
    if (state === SLOT.waiting) this.#waiting--;
    else if (state === SLOT.inGraph) this.graph.remove(key);
    else this.#apart = this.#apart.filter((other) => other !== slot);
  }

  /** A document of the tail is in the graph now, or is left apart. */
  settle(slot: number, inGraph: boolean): void {
    this.codes.setState(slot, inGraph ? SLOT.inGraph : SLOT.apart);
    this.#waiting--;
    if (!inGraph) this.#apart.push(slot);
  }

  /** Removes all. @param scratch a path for a small file. */
  clear(scratch: string): void {
    this.codes.clear();
    this.graph.clear(scratch);
    this.recount();
  }

  /** After codes and graph were read from files: looks at the states anew. */
  recount(): void {
    this.codes.recount();
    this.#waiting = 0;
    this.#apart = [];
    this.#tail = 0;
    for (let slot = 0; slot < this.codes.length; slot++) {
      const state = this.codes.stateOf(slot);
      if (state === SLOT.waiting) this.#waiting++;
      else if (state === SLOT.apart) this.#apart.push(slot);
    }
  }

  /**
   * Gives back what removed documents hold, if that is much.
   * @param scratch a path for a small file.
   */
  tidy(scratch: string): void {
    const { places, size } = this.graph;
    const graph = places - size > LEAST_PLACES && places - size > size;
    if (!graph && !this.codes.sparse) return;
    if (this.codes.sparse) this.codes.compact();
    if (graph) {
      this.graph.clear(scratch);
      for (let slot = 0; slot < this.codes.length; slot++) {
        if (this.codes.stateOf(slot) === SLOT.inGraph) this.codes.setState(slot, SLOT.waiting);
      }
    }
    this.recount();
  }
}
