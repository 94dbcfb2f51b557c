/** CPU time of a running process to the nanosecond: rounds of a bench are short beside a clock tick. */

/** Seconds on a CPU, of all threads that live and of the first one, which is Deno's event loop. */
export function threadSeconds(pid: number): { all: number; main: number } {
  let all = 0;
  let main = 0;
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    // sched-stats.rst of the kernel: time on the CPU in nanoseconds comes first.
    const [onCpu] = ofThread(`/proc/${pid}/task/${name}/schedstat`).split(" ");
    const seconds = Number(onCpu) / 1e9;
    all += seconds;
    if (Number(name) === pid) main = seconds;
  }
  return { all, main };
}

/** A thread may end after it was listed. */
function ofThread(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return "0";
    throw thrown;
  }
}
