/** A lock between processes, and between the threads of one. */
import { dirname } from "node:path";

/** How often a lock that another process holds is tried again. */
const RETRY_MS = 100;

/**
 * Runs `body` while holding the lock on the file `path`, which is made if need be and never
 * deleted. Waits for the holder without blocking the thread.
 *
 * The lock is the operating system's (`flock`, `LockFileEx`), so it ends with its holder, however
 * that dies: a lock is never stale.
 *
 * @param onWait Called once if the lock is not free.
 * @throws `signal.reason` if it is aborted while waiting.
 */
export async function withProcessLock<T>(
  path: string,
  body: () => Promise<T>,
  { onWait, signal }: { onWait?: () => void; signal?: AbortSignal } = {},
): Promise<T> {
  await Deno.mkdir(dirname(path), { recursive: true });
  using file = await Deno.open(path, { write: true, create: true });
  let waited = false;
  while (!(await file.tryLock(true))) {
    if (!waited) onWait?.();
    waited = true;
    signal?.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  // Closing the file lets go of the lock.
  return await body();
}

/** Runs `body` while holding the lock, if it is free at this moment; else answers `undefined`. */
export async function tryProcessLock<T>(
  path: string,
  body: () => Promise<T>,
): Promise<T | undefined> {
  await Deno.mkdir(dirname(path), { recursive: true });
  using file = await Deno.open(path, { write: true, create: true });
  return await file.tryLock(true) ? await body() : undefined;
}
