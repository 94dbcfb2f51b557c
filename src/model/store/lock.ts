/**
 * One process at a time. The lock is the kernel's (`flock`), held on a file that names its owner:
 * it is gone the moment its owner is, however it died, so no lock can be stale.
 */
import { ClipError } from "../../errors.ts";
import type { Clock } from "./clock.ts";

const POLL_MS = 250;

/**
 * What file systems without locks answer (some network ones). Work goes on there: two processes
 * may then download the same file, but the hash and the rename still keep a broken one out.
 */
const WITHOUT_LOCKS = new Set(["ENOLCK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/** How to take a lock. */
export interface LockOptions {
  clock: Clock;
  signal?: AbortSignal;
  /** Called once when somebody else holds the lock; `owner` is their process id if known. */
  onWait?: (owner: number | undefined) => void;
}

/**
 * Runs `work` while holding the lock at `path`, whose folder must exist. The file is removed after.
 *
 * @throws {ClipError} `model` when the lock file cannot be made; the signal's reason when aborted.
 */
export async function withFileLock<Result>(
  path: string,
  options: LockOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const file = await acquire(path, options);
  try {
    return await work();
  } finally {
    // Removed while still held: whoever opened this file before sees that it is no longer the one
    // at `path` and opens it anew.
    await Deno.remove(path).catch(() => {});
    file.close();
  }
}

async function acquire(path: string, options: LockOptions): Promise<Deno.FsFile> {
  let told = false;
  for (;;) {
    options.signal?.throwIfAborted();
    const file = await openLock(path);
    try {
      if (await file.tryLock(true)) {
        if (await isStillAt(path, file)) {
          await writeOwner(file);
          return file;
        }
        file.close();
        continue;
      }
    } catch (error) {
      if (WITHOUT_LOCKS.has((error as { code?: string }).code ?? "")) return file;
      file.close();
      throw ClipError.wrap(error, "model");
    }
    file.close();
    if (!told) {
      told = true;
      options.onWait?.(await readOwner(path));
    }
    await options.clock.sleep(POLL_MS, options.signal);
  }
}

async function openLock(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { read: true, write: true, create: true });
  } catch (error) {
    throw new ClipError(
      "model",
      `Cannot write to the cache at "${path}": ${(error as Error).message}. ` +
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

async function writeOwner(file: Deno.FsFile): Promise<void> {
  await file.truncate(0);
  await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
}

async function readOwner(path: string): Promise<number | undefined> {
  const text = await Deno.readTextFile(path).catch(() => "");
  const pid = Number.parseInt(text, 10);
  return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
}
