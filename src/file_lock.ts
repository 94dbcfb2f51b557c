/**
 * One at a time, among processes and among the threads of each, on what lies in the cache. The lock
 * is the system's (`flock`, `LockFileEx`), held on a file that names its owner: it is gone the moment
 * its owner is, however that died, so that no lock is stale.
 *
 * The file is removed when the lock is let go of. One that stays would be one more file in a folder
 * of models for each model that ever was, and another user of the same cache could not open it. The
 * price is that whoever gets the lock must see whether the file is still the one at its path.
 */
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import { ClipError } from "./errors.ts";
import { fileTrouble } from "./file_trouble.ts";

/** How often a lock that somebody else holds is tried again. The system's own waiting has no end. */
const RETRY_MS = 100;

/** What file systems without locks answer, some network ones. */
const WITHOUT_LOCKS = new Set(["ENOLCK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/**
 * What is done while the lock is held. `alone` is false on a file system without locks: others may
 * be at the same work, and what of theirs looks left over may be in use.
 */
export type LockedWork<T> = (alone: boolean) => Promise<T>;

/** How to wait for a lock. */
export interface LockOptions {
  /** Ends the waiting, not the work. */
  signal?: AbortSignal;
  /** Called once if somebody else holds the lock; `owner` is their process id if it is known. */
  onWait?: (owner: number | undefined) => void;
}

interface Held {
  file: Deno.FsFile;
  alone: boolean;
}

/**
 * Runs `work` while holding the lock on the file `path`, whose folder is made if need be. Waits for
 * the holder without blocking the thread.
 *
 * @throws {ClipError} "model" if the file cannot be made; the signal's reason if it fires before the
 * lock is held.
 */
export async function withFileLock<T>(
  path: string,
  work: LockedWork<T>,
  { signal, onWait }: LockOptions = {},
): Promise<T> {
  for (let told = false;; told = true) {
    signal?.throwIfAborted();
    const held = await acquire(path);
    if (held !== undefined) return await runAndRelease(path, held, work);
    if (!told) onWait?.(await readOwner(path));
    // An abort ends the pause; the loop throws its reason.
    await setTimeout(RETRY_MS, undefined, signal === undefined ? {} : { signal }).catch(() => {});
  }
}

/**
 * Runs `work` while holding the lock, if it is free at this moment; else answers `undefined`.
 * @throws {ClipError} "model" if the file cannot be made.
 */
export async function tryFileLock<T>(path: string, work: LockedWork<T>): Promise<T | undefined> {
  const held = await acquire(path);
  return held === undefined ? undefined : await runAndRelease(path, held, work);
}

/** `undefined` if somebody else holds it. */
async function acquire(path: string): Promise<Held | undefined> {
  while (true) {
    const file = await openLock(path);
    try {
      if (!await file.tryLock(true)) {
        file.close();
        return undefined;
      }
    } catch (error) {
      if (WITHOUT_LOCKS.has((error as { code?: string }).code ?? "")) return { file, alone: false };
      file.close();
      throw ClipError.wrap(error, "model");
    }
    if (await isStillAt(path, file)) {
      await writeOwner(file);
      return { file, alone: true };
    }
    file.close();
  }
}

async function runAndRelease<T>(
  path: string,
  { file, alone }: Held,
  work: LockedWork<T>,
): Promise<T> {
  try {
    return await work(alone);
  } finally {
    // Removed while it is held: who opened it before sees that it is no longer the one at `path`.
    if (await isStillAt(path, file)) await Deno.remove(path).catch(() => {});
    file.close();
  }
}

async function openLock(path: string): Promise<Deno.FsFile> {
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    return await Deno.open(path, { read: true, write: true, create: true });
  } catch (error) {
    throw new ClipError(
      "model",
      `Cannot write to the cache folder "${dirname(path)}": ${fileTrouble(error)}. ` +
        "Set CLIPLINE_CACHE to a folder that can be written to",
      { cause: error },
    );
  }
}

async function isStillAt(path: string, file: Deno.FsFile): Promise<boolean> {
  const [held, current] = await Promise.all([
    file.stat(),
    Deno.stat(path).catch(() => undefined),
  ]);
  return current !== undefined && current.ino === held.ino && current.dev === held.dev;
}

/** Only a help to those who wait: on a full disk the lock is held without it. */
async function writeOwner(file: Deno.FsFile): Promise<void> {
  try {
    await file.truncate(0);
    await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
  } catch {
    // Nobody is told who holds it.
  }
}

async function readOwner(path: string): Promise<number | undefined> {
  const text = await Deno.readTextFile(path).catch(() => "");
  const pid = Number.parseInt(text, 10);
  return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
}
