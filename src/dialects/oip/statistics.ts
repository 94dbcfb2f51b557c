/** What became of each model's inference requests, counted as Triton's `statistics` extension does. */
import type { Executor } from "../../service/executors.ts";
import type { RequestTrace } from "../../telemetry/request_trace.ts";

/** How often something was done, and for how long altogether. */
export interface Duration {
  count: number;
  /** Nanoseconds. */
  ns: number;
}

/** What a request's time is divided into; `cache_hit` and `cache_miss` are items of it. */
export const DURATIONS = [
  "success",
  "fail",
  "queue",
  "compute_input",
  "compute_infer",
  "compute_output",
  "cache_hit",
  "cache_miss",
] as const;

/** One of them. */
export type DurationName = (typeof DURATIONS)[number];

/** What is told of a model. */
export interface ModelStatistics {
  /** When the last request came, milliseconds since the epoch; 0 if there was none. */
  lastInference: number;
  /** Items that were embedded. */
  inferenceCount: number;
  /** Minibatches that the model computed, for clients of any protocol. */
  executionCount: number;
  durations: Readonly<Record<DurationName, Duration>>;
}

/** A request that was served. */
export interface ServedRequest {
  items: number;
  /** From its bytes to those of its answer, milliseconds. */
  totalMs: number;
  /** Writing the answer. */
  outputMs: number;
  trace: RequestTrace;
}

/** The counts of all models. */
export class Statistics {
  readonly #models = new WeakMap<Executor, Counts>();

  /** A request was answered. */
  served(executor: Executor, request: ServedRequest): void {
    this.#of(executor).served(request);
  }

  /** A request that had reached the model failed. */
  failed(executor: Executor, ms: number): void {
    this.#of(executor).failed(ms);
  }

  /** What is told of a model. */
  tell(executor: Executor): ModelStatistics {
    return this.#of(executor).tell(executor.encoder.state.minibatches);
  }

  #of(executor: Executor): Counts {
    let counts = this.#models.get(executor);
    if (!counts) this.#models.set(executor, counts = new Counts());
    return counts;
  }
}

class Counts {
  readonly #counts = all(0);
  readonly #ms = all(0);
  #items = 0;
  #last = 0;

  /**
   * The times of a request are those of the item that was computed last: the others were done then.
   * What an equal item of somebody else had waited before is not this request's.
   */
  served({ items, totalMs, outputMs, trace }: ServedRequest): void {
    let left = Math.max(0, totalMs - outputMs);
    const ofIt = (ms = 0) => {
      const own = Math.min(ms, left);
      left -= own;
      return own;
    };
    this.#last = Date.now();
    this.#items += items;
    this.#add("success", totalMs);
    this.#add("compute_infer", ofIt(trace.last?.computeMs));
    this.#add("compute_input", ofIt(trace.last?.preprocessMs));
    this.#add("queue", ofIt(trace.last?.queueMs));
    this.#add("compute_output", outputMs);
    this.#counts.cache_hit += trace.cached;
    this.#counts.cache_miss += trace.missed;
  }

  failed(ms: number): void {
    this.#last = Date.now();
    this.#add("fail", ms);
  }

  tell(executionCount: number): ModelStatistics {
    const durations = Object.fromEntries(DURATIONS.map((name) => [name, {
      count: this.#counts[name],
      ns: Math.round(this.#ms[name] * 1e6),
    }])) as Record<DurationName, Duration>;
    return {
      lastInference: this.#last,
      inferenceCount: this.#items,
      executionCount,
      durations,
    };
  }

  #add(name: DurationName, ms: number): void {
    this.#counts[name]++;
    this.#ms[name] += ms;
  }
}

function all(value: number): Record<DurationName, number> {
  return Object.fromEntries(DURATIONS.map((name) => [name, value])) as Record<DurationName, number>;
}
