/** How far a call is. */
import { type Outcome, weightOf } from "./outcome.ts";

/** What `onProgress` is told after each batch. */
export interface ProgressReport {
  /** Items that are done, failed ones too. */
  done: number;
  failed: number;
  /** How many there are, where the input says so. */
  total: number | undefined;
  /** Bytes of contents that were sent, about. */
  bytes: number;
  /** Milliseconds since the call began. */
  elapsedMs: number;
}

/** Counts. */
export class Progress {
  readonly #began: number;
  readonly #total: number | undefined;
  readonly #tell: (report: ProgressReport) => void;
  readonly #now: () => number;
  #done = 0;
  #failed = 0;
  #bytes = 0;

  constructor(
    tell: (report: ProgressReport) => void,
    total: number | undefined,
    now: () => number,
  ) {
    this.#tell = tell;
    this.#total = total;
    this.#now = now;
    this.#began = now();
  }

  /** A batch is done. */
  add(outcomes: readonly Outcome<unknown>[]): void {
    this.#done += outcomes.length;
    this.#failed += outcomes.filter(({ error }) => error !== undefined).length;
    this.#bytes += weightOf(outcomes);
    this.#tell({
      done: this.#done,
      failed: this.#failed,
      total: this.#total,
      bytes: this.#bytes,
      elapsedMs: this.#now() - this.#began,
    });
  }
}
