/** What processes cost, as Linux counts it in /proc: CPU seconds and resident memory. */

/** Of `/proc/…/stat`: `sysconf(_SC_CLK_TCK)`, which is 100 on every Linux that Deno runs on. */
const TICKS_PER_SECOND = 100;

/** What one line of `/proc/PID/stat` or `/proc/PID/task/TID/stat` says. */
export interface ProcStat {
  parent: number;
  /** Of the process or the thread, user's and system's together. */
  cpuSeconds: number;
  /** Of children that have ended and were waited for. */
  endedChildrenSeconds: number;
  /** Seconds after the machine's start. */
  started: number;
}

/** CPU seconds of a process so far. */
export interface ProcessCost {
  total: number;
  /** Of the thread that the process began with: Deno's event loop. */
  mainThread: number;
}

/**
 * Reads a line of proc(5)'s `stat`.
 * @throws {Error} if it is none
 */
export function parseProcStat(line: string): ProcStat {
  // The name in brackets may hold spaces and brackets itself.
  const fields = line.slice(line.lastIndexOf(") ") + 2).trim().split(" ");
  const number = (index: number) => Number(fields[index]);
  const ticks = [11, 12, 13, 14, 19].map(number);
  if (!line.includes(") ") || fields.length < 20 || ticks.some(Number.isNaN)) {
    throw new Error(`Not a line of /proc/PID/stat: '${line.slice(0, 80)}'`);
  }
  const [user, system, endedUser, endedSystem, started] = ticks as [
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    parent: number(1),
    cpuSeconds: (user + system) / TICKS_PER_SECOND,
    endedChildrenSeconds: (endedUser + endedSystem) / TICKS_PER_SECOND,
    started: started / TICKS_PER_SECOND,
  };
}

/** CPU seconds of a running process. */
export function processCost(pid: number): ProcessCost {
  return {
    total: readStat(`/proc/${pid}/stat`).cpuSeconds,
    mainThread: readStat(`/proc/${pid}/task/${pid}/stat`).cpuSeconds,
  };
}

/** CPU seconds of a process with its descendants, those that have ended too. */
export function treeCpuSeconds(root: number): number {
  let seconds = 0;
  for (const pid of descendants(root)) {
    const stat = tryStat(pid);
    if (stat) seconds += stat.cpuSeconds + stat.endedChildrenSeconds;
  }
  return seconds;
}

/**
 * MiB resident in a process and its descendants now. Pages that they share are counted once, by
 * their proportional share (`Pss`).
 */
export function treeMemoryMiB(root: number): number {
  let kib = 0;
  for (const pid of descendants(root)) {
    try {
      const rollup = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
      kib += Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0);
    } catch {
      // It has just ended.
    }
  }
  return kib / 1024;
}

/** The process and everybody it has started, directly or not. */
export function descendants(root: number): number[] {
  const parents = new Map<number, number>();
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = tryStat(Number(name));
    if (stat) parents.set(Number(name), stat.parent);
  }
  const found = [root];
  // Grows while it is walked.
  for (const pid of found) {
    for (const [child, parent] of parents) if (parent === pid) found.push(child);
  }
  return found;
}

function tryStat(pid: number): ProcStat | undefined {
  try {
    return readStat(`/proc/${pid}/stat`);
  } catch {
    return undefined;
  }
}

function readStat(path: string): ProcStat {
  return parseProcStat(Deno.readTextFileSync(path));
}
