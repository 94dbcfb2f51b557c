/**
 * Long work on the main thread, done in slices: no request keeps the event loop for longer than one
 * of them, and of all that is done so, one slice comes at a turn.
 */
import { setImmediate } from "node:timers";

/** How long a slice may take, milliseconds: little beside what it takes to embed one text. */
const SLICE_MS = 5;

/** Those whose slice is over, in the order in which they go on. */
const waiting: (() => void)[] = [];
let turning = false;

/** The pace of one piece of work; it is made when the work begins. */
export class Pace {
  #sliceEnds = performance.now() + SLICE_MS;

  /** Whether the slice is used up. Asking costs as much as looking at a clock. */
  get due(): boolean {
    return performance.now() >= this.#sliceEnds;
  }

  /** Lets the event loop turn, and others' slices pass, before the next slice begins. */
  async breathe(): Promise<void> {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (turning) return;
      turning = true;
      setImmediate(turn);
    });
    this.#sliceEnds = performance.now() + SLICE_MS;
  }
}

function turn(): void {
  waiting.shift()!();
  turning = waiting.length > 0;
  if (turning) setImmediate(turn);
}
