/** What a process holds, as Linux counts it. */

/** MiB of this process. */
export interface Memory {
  /** The most that was ever resident, mapped files included. */
  peak: number;
  /** Resident now, mapped files included. */
  resident: number;
  /** Of that, what no other process shares: not the mapped weights. */
  anonymous: number;
}

/** Reads `/proc/self/status`. */
export function memory(): Memory {
  const status = Deno.readTextFileSync("/proc/self/status");
  const mib = (key: string) => {
    const found = new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(status);
    return Math.round(Number(found?.[1]) / 1024);
  };
  return { peak: mib("VmHWM"), resident: mib("VmRSS"), anonymous: mib("RssAnon") };
}
