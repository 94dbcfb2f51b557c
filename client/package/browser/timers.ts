/** What of `node:timers` the codec uses, for browsers. */

/** After what is there to do. */
export function setImmediate(done: () => void): void {
  globalThis.setTimeout(done, 0);
}

/** As the platform has it. */
export function setTimeout(done: () => void, ms: number): void {
  globalThis.setTimeout(done, ms);
}
