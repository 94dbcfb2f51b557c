/** How many files, sockets among them, the process may open. */

/** Where the system does not tell: Deno takes as much as it can get at its start, seldom less. */
const USUAL_LIMIT = 1024;

/** Where `getrlimit` is, and its number for open files, which systems of one family agree on. */
const LIBRARIES: Partial<Record<typeof Deno.build.os, { library: string; resource: number }>> = {
  linux: { library: "libc.so.6", resource: 7 },
  darwin: { library: "libSystem.B.dylib", resource: 8 },
};

/** The process's limit on open files, the soft one; what is usual where it cannot be had. */
export function openFileLimit(): number {
  const found = LIBRARIES[Deno.build.os];
  if (!found) return USUAL_LIMIT;
  try {
    // Of `/proc/self/limits` Deno (2.9.6) lets nobody read without all permissions.
    const libc = Deno.dlopen(found.library, {
      getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
    });
    const limits = new BigUint64Array(2);
    const failed = libc.symbols.getrlimit(found.resource, limits) !== 0;
    libc.close();
    return failed ? USUAL_LIMIT : fromSystem(limits[0]!);
  } catch {
    // Another C library, or not allowed to call it.
    return USUAL_LIMIT;
  }
}

/** "Unlimited" is the largest number of a system, and no process opens so many files. */
function fromSystem(soft: bigint): number {
  return soft > BigInt(Number.MAX_SAFE_INTEGER) ? Infinity : Number(soft);
}
