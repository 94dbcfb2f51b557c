/**
 * Waiting for somebody else, a client or a thread, with a limit. While this process itself stood
 * still (a busy machine, a suspended one) what the other did has not been seen: that is not the
 * other's time.
 */
import { timerMs } from "./deadline.ts";

/** How often is looked at the clock within the time. */
const LOOKS = 4;

/** A look that comes after so many times its interval is late: the event loop did not turn. */
const LATE = 2;

/**
 * Calls `giveUp` after `ms` milliseconds. A time in which the event loop did not turn counts no
 * longer than until the next look, and after it nobody is given up before one more.
 * @returns what ends the wait.
 */
export function afterPatience(ms: number, giveUp: () => void): () => void {
  const every = Math.max(1, timerMs(ms) / LOOKS);
  let looks = 0;
  let looked = performance.now();
  const look = () => {
    const now = performance.now();
    const late = now - looked > LATE * every;
    looked = now;
    if (++looks < LOOKS || late) timer = setTimeout(look, every);
    else giveUp();
  };
  let timer = setTimeout(look, every);
  return () => clearTimeout(timer);
}
