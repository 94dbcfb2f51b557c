/**
 * Reading that lets others be heard. While connections have bytes all the time, the loop is never at
 * rest, and then looks for new connections, and for the first bytes of others, at every 61st turn only
 * (tokio's event interval, Deno 2.9.6): twelve uploads keep everybody else waiting for a second. So
 * after so many bytes all who read much pause, until a timer fires, which is a rest.
 */
import { setTimeout } from "node:timers";

/** Bytes of all connections between two rests: at most some hundred MiB a second. */
const BYTES_PER_REST = 512 * 1024;

/** Who reads no more than this at a time is one of the others. */
const SMALL_BYTES = 16 * 1024;

let taken = 0;
let resting = false;
let waiting: (() => void)[] = [];

/**
 * Bytes have been read from a connection.
 * @param resume is called once when it may go on, if it may not.
 * @returns whether it may go on; if not, it is to be paused.
 */
export function mayReadOn(bytes: number, resume: () => void): boolean {
  if (bytes <= SMALL_BYTES) return true;
  if (!resting) {
    taken += bytes;
    if (taken < BYTES_PER_REST) return true;
    resting = true;
    setTimeout(end, 0);
  }
  waiting.push(resume);
  return false;
}

function end(): void {
  const all = waiting;
  taken = 0;
  resting = false;
  waiting = [];
  for (const resume of all) resume();
}
