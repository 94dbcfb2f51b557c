/** Time and chance, so that tests can have their own. */

import { onAbort } from "./on_abort.ts";

/** What passes, and what is drawn. */
export interface Clock {
  /** Milliseconds of a clock that only goes forward. */
  now(): number;
  /** From 0 to 1. */
  random(): number;
  /** Waits. @throws the signal's reason, as soon as it is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The real one. */
export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  random: () => Math.random(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const giveUp = () => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const timer = setTimeout(() => {
        letGo();
        resolve();
      }, ms);
      const letGo = onAbort(signal, giveUp);
    }),
};
