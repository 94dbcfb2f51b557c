/** Time, as far as rates need it. */
import { timerMs } from "../../deadline.ts";

/** A clock, and something that wakes. */
export interface Clock {
  /** Milliseconds. */
  now(): number;
  /** Calls back once, in so many milliseconds; the returned function forgets it. */
  wake(ms: number, callback: () => void): () => void;
}

/** The system's. */
export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  wake(ms, callback) {
    const timer = setTimeout(callback, timerMs(ms));
    Deno.unrefTimer(timer);
    return () => clearTimeout(timer);
  },
};
