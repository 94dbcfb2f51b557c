/**
 * Work of the index's thread, written as generators: it stops where others may go on, so that a
 * search never waits for the whole of a large write, or of the graph.
 */

/**
 * Work in steps. At "pause" anything may come between; behind "alone" comes what changes what
 * searches look at, so that none may be under way then.
 */
export type Steps<T> = Generator<"pause" | "alone", T, void>;

/** How long a step may take, milliseconds. */
const STEP_MS = 8;

/** Says when a step is over; one for a thread. */
export class StepClock {
  #end = 0;

  /** A step begins. */
  begin(): void {
    this.#end = performance.now() + STEP_MS;
  }

  /** Whether it is time to yield. */
  get over(): boolean {
    return performance.now() >= this.#end;
  }
}

/** Does the work without a pause. */
export function withoutPause<T>(steps: Steps<T>): T {
  for (;;) {
    const next = steps.next();
    if (next.done) return next.value;
  }
}
