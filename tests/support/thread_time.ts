/** Time that this thread has worked, for what is to be short however many others have the machine. */

/** Linux: nanoseconds on a processor are the first number (Documentation/scheduler/sched-stats). */
const OWN = "/proc/thread-self/schedstat";

/** Milliseconds that the calling thread has been on a processor; where nobody tells, the clock's. */
export function ownTimeMs(): number {
  return told() ?? performance.now();
}

function told(): number | undefined {
  try {
    return Number(Deno.readTextFileSync(OWN).split(" ")[0]) / 1e6;
  } catch {
    return undefined;
  }
}
