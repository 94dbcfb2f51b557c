/** What came of a simulated time, in few numbers. */
import type { Answer } from "./fleet.ts";

/** Of the requests that were counted. */
export interface Summary {
  /** Of those that were answered: requests, and milliseconds in the mean, median and tail. */
  answered: number;
  meanMs: number;
  p50: number;
  p99: number;
  /** Of all. */
  refused: number;
  failed: number;
  /** Documents answered by the busiest pod over those in the mean. */
  evenness: number;
  /** Documents answered a second. */
  perSecond: number;
}

/** Counts requests that were sent from a time on. */
export class Counting {
  readonly #from: number;
  readonly #until: number;
  readonly #ms: number[] = [];
  readonly #items: number[];
  #refused = 0;
  #failed = 0;

  constructor(pods: number, from: number, until = Infinity) {
    this.#from = from;
    this.#until = until;
    this.#items = new Array<number>(pods).fill(0);
  }

  /** Hears of a request. */
  readonly answered = ({ at, ms, outcome, pod, items }: Answer): void => {
    if (at < this.#from || at >= this.#until) return;
    if (outcome === "refused") this.#refused++;
    else if (outcome === "failed") this.#failed++;
    else {
      this.#ms.push(ms);
      this.#items[pod]! += items;
    }
  };

  /** @param seconds the time over which was counted. */
  summary(seconds: number): Summary {
    const sorted = Float64Array.from(this.#ms).sort();
    const all = sorted.length + this.#refused + this.#failed;
    const served = this.#items.reduce((sum, items) => sum + items, 0);
    return {
      answered: sorted.length,
      meanMs: sorted.reduce((sum, ms) => sum + ms, 0) / sorted.length,
      p50: quantile(sorted, 0.5),
      p99: quantile(sorted, 0.99),
      refused: this.#refused / all,
      failed: this.#failed / all,
      evenness: Math.max(...this.#items) / (served / this.#items.length),
      perSecond: served / seconds,
    };
  }
}

/** The smallest value that so large a share of them does not exceed; NaN of none. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return NaN;
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}
