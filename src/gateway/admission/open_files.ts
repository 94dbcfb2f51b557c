/** How many files, sockets among them, the process may open. */

/** Where the system does not tell: Deno takes as much as it can get at its start, seldom less. */
const USUAL_LIMIT = 1024;

/** The soft limit that `/proc/self/limits` tells, whose text this is; Infinity for "unlimited". */
export function readOpenFileLimit(limits: string): number | undefined {
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  if (soft === undefined) return undefined;
  return soft === "unlimited" ? Infinity : Number(soft);
}

/** The process's limit on open files; what is usual where the system does not tell. */
export function openFileLimit(): number {
  try {
    return readOpenFileLimit(Deno.readTextFileSync("/proc/self/limits")) ?? USUAL_LIMIT;
  } catch {
    // No Linux, or not allowed to read there.
    return USUAL_LIMIT;
  }
}
