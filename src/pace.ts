/**
 * Long work on the main thread, done in slices: no request keeps the event loop for longer than one
 * of them, and of all that is done so, one slice comes at a time. While others are served, a slice
 * is followed by as long a time for them: a request that needs many turns, as each does, meets one
 * or two slices and not one at every turn.
 *
 * Between two slices there is always a timer: a loop that has something to do at once, as after
 * `setImmediate`, looks for new connections and bytes only at every 61st turn (tokio's event interval,
 * Deno 2.9.6).
 */
import { setImmediate, setTimeout } from "node:timers";

/** How long a slice may take, milliseconds: little beside what it takes to embed one text. */
const SLICE_MS = 4;

/** How long if nobody else is served. */
const LONE_SLICE_MS = 8;

/** A turn that takes longer than this did something for somebody else, milliseconds. */
const IDLE_TURN_MS = 0.3;

/** Who was served within this time may be served again, milliseconds. */
const OTHERS_MS = 20;

/** The longest rest, milliseconds: a slice may have met a collection of garbage. */
const LONGEST_REST_MS = 20;

/** Those whose slice is over, in the order in which they go on. */
const waiting: (() => void)[] = [];
let turning = false;
let sliceBegan = 0;
/** How long the last slice took. */
let took = 0;
/** When the turn began that is looked at. */
let turned = 0;
/** When a turn last did something for others. */
let othersAt = -Infinity;

/** The pace of one piece of work; it is made when the work begins. */
export class Pace {
  #began = performance.now();

  /** Whether the slice is used up. Asking costs as much as looking at a clock. */
  get due(): boolean {
    const now = performance.now();
    return now >= this.#began + (now - othersAt > OTHERS_MS ? LONE_SLICE_MS : SLICE_MS);
  }

  /** Lets the event loop turn, and others' slices pass, before the next slice begins. */
  async breathe(): Promise<void> {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (turning) return;
      turning = true;
      sliceBegan = this.#began;
      rest();
    });
    this.#began = performance.now();
  }
}

/** A slice is over: what has come meanwhile is looked for. */
function rest(): void {
  took = performance.now() - sliceBegan;
  setTimeout(() => {
    turned = performance.now();
    setImmediate(look);
  }, 0);
}

/** One turn later: whether anything was done in it for others. */
function look(): void {
  const now = performance.now();
  if (now - turned > IDLE_TURN_MS) othersAt = now;
  if (now - othersAt > OTHERS_MS) slice();
  else setTimeout(slice, Math.min(LONGEST_REST_MS, took));
}

function slice(): void {
  sliceBegan = performance.now();
  waiting.shift()!();
  // The slice is done in the microtasks behind this one, before the next turn.
  turning = waiting.length > 0;
  if (turning) setImmediate(rest);
}
