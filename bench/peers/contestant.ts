/** Who takes part in the side-by-side, and what each is asked. */
import type { Modality } from "../../src/model/item.ts";

/** One kind of load. */
export interface Load {
  name: string;
  modality: Modality;
  clients: number;
  batch: number;
}

/** The loads, in the order of the table. The first is one client that waits for each answer. */
export const LOADS: readonly Load[] = [
  { name: "texts 1 × 1", modality: "text", clients: 1, batch: 1 },
  { name: "texts 64 × 1", modality: "text", clients: 64, batch: 1 },
  { name: "texts 8 × 32", modality: "text", clients: 8, batch: 32 },
  { name: "images 64 × 1", modality: "image", clients: 64, batch: 1 },
  { name: "images 8 × 32", modality: "image", clients: 8, batch: 32 },
];

/** What one round gave. */
export interface Round {
  items: number;
  /** Until the last answer. */
  seconds: number;
  /** CPU seconds of the server with all its processes. */
  cpuSeconds: number;
  latenciesMs: number[];
}

/** A program that embeds, running. */
export interface Contestant {
  readonly name: string;
  /** From the start of its process to its first answer. */
  readonly startSeconds: number;
  /** Loads it for about so many seconds and waits for every answer. */
  round(load: Load, seconds: number): Promise<Round>;
  /** The embedding of one item, for comparison. */
  embed(modality: Modality): Promise<Float32Array>;
  /** MiB that it holds now. */
  memoryMiB(): number;
  stop(): Promise<void>;
}

/** All rounds of a contestant under one load. */
export class Tally {
  items = 0;
  seconds = 0;
  cpuSeconds = 0;
  readonly latenciesMs: number[] = [];

  /** Adds a round. */
  add({ items, seconds, cpuSeconds, latenciesMs }: Round): void {
    this.items += items;
    this.seconds += seconds;
    this.cpuSeconds += cpuSeconds;
    this.latenciesMs.push(...latenciesMs);
  }

  /** CPU seconds for a thousand items. */
  get cpuPerThousand(): number {
    return 1000 * this.cpuSeconds / this.items;
  }

  /** Items a second. */
  get rate(): number {
    return this.items / this.seconds;
  }
}
