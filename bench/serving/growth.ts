/** Whether something grows: a line through samples. */

/** What a process holds at one moment. */
export interface Holdings {
  residentMiB: number;
  descriptors: number;
  threads: number;
}

/** Holdings at a share of the work, 0..1. */
export interface Sample extends Holdings {
  share: number;
}

/** Least squares through equidistant samples: growth from one to the next, and its standard error. */
export function growth(values: readonly number[]): { perSample: number; error: number } {
  const count = values.length;
  const middle = (count - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  let [xx, xy, rest] = [0, 0, 0];
  values.forEach((value, x) => {
    xx += (x - middle) ** 2;
    xy += (x - middle) * (value - mean);
  });
  const perSample = xy / xx;
  values.forEach((value, x) => rest += (value - mean - perSample * (x - middle)) ** 2);
  return { perSample, error: Math.sqrt(rest / (count - 2) / xx) };
}

/** Reads what a process holds. */
export function holdings(pid: number): Holdings {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const number = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  return {
    residentMiB: number("VmRSS") / 1024,
    descriptors: [...Deno.readDirSync(`/proc/${pid}/fd`)].length,
    threads: number("Threads"),
  };
}
