/** When a request's items were where in the engine: one interval for each stage, whatever their number. */
import type { ItemCourse } from "../request_trace.ts";

/** A stretch of time, milliseconds of `performance.now()`; empty if it ends before it begins. */
export interface Interval {
  began: number;
  ended: number;
}

/** Replicas that are named. */
const MAX_REPLICAS = 64;

/** The items of one modality. */
export class EngineCourse {
  /** In line for a preprocessing worker, being prepared, in line for a replica, being computed. */
  readonly stages = {
    waiting: nothing(),
    preprocess: nothing(),
    queue: nothing(),
    compute: nothing(),
  };
  /** Items that were computed. */
  items = 0;
  /** Minibatches that they were in, with others' items perhaps; of those the sums of sizes and fill. */
  minibatches = 0;
  minibatchItems = 0;
  fill = 0;
  readonly replicas = new Set<number>();
  #lastMinibatch = 0;

  /** An item has come to its end. */
  add(item: ItemCourse): void {
    const { arrivedAt, preparedAt, prepareMs, computedAt, computeMs, replica } = item;
    if (preparedAt === 0) return;
    // What a worker measures ends a moment before the main thread hears of it.
    const prepareBegan = Math.max(arrivedAt, preparedAt - prepareMs);
    extend(this.stages.waiting, arrivedAt, prepareBegan);
    extend(this.stages.preprocess, prepareBegan, preparedAt);
    if (computedAt === 0) return;
    const computeBegan = Math.max(preparedAt, computedAt - computeMs);
    extend(this.stages.queue, preparedAt, computeBegan);
    extend(this.stages.compute, computeBegan, computedAt);
    this.items++;
    if (this.replicas.size < MAX_REPLICAS) this.replicas.add(replica);
    // Its items come to their ends together.
    if (computedAt === this.#lastMinibatch) return;
    this.#lastMinibatch = computedAt;
    this.minibatches++;
    this.minibatchItems += item.minibatch;
    this.fill += item.fill;
  }
}

function nothing(): Interval {
  return { began: Infinity, ended: -Infinity };
}

function extend(interval: Interval, began: number, ended: number): void {
  if (began < interval.began) interval.began = began;
  if (ended > interval.ended) interval.ended = ended;
}
