/** The lock on an index's folder: one process at a time has it open. */
import { join } from "node:path";
import { KeyError } from "../../errors.ts";
import { withFileLock } from "../../file_lock.ts";
import { fileTrouble } from "../../file_trouble.ts";

/** The lock's file. */
const LOCK_FILE = "index.lock";

/**
 * Makes the folder, and takes it until the returned function is called.
 * @throws {ClipError} "config" if the folder cannot be used, or another has it, naming its process;
 * the signal's reason if it fires before.
 */
export async function lockFolder(
  folder: string,
  signal: AbortSignal,
): Promise<() => Promise<void>> {
  await makeFolder(folder);
  const [held, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  const holding = withFileLock(join(folder, LOCK_FILE), () => {
    held.resolve();
    return released.promise;
  }, {
    signal: controller.signal,
    onWait: (owner) => controller.abort(inUse(folder, owner)),
  });
  try {
    await Promise.race([held.promise, holding]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
  return async () => {
    released.resolve();
    await holding;
  };
}

function inUse(folder: string, owner: number | undefined): KeyError {
  const who = owner === undefined
    ? "another process"
    : owner === Deno.pid
    ? "another indexer of this server"
    : `process ${owner}`;
  return new KeyError(
    "config",
    "workspace",
    `The index in "${folder}" is in use by ${who}: end it, or give this one another workspace`,
  );
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await Deno.mkdir(folder, { recursive: true });
    const probe = await Deno.makeTempFile({ dir: folder, prefix: ".probe-" });
    await Deno.remove(probe);
  } catch (error) {
    throw new KeyError(
      "config",
      "workspace",
      `The index cannot write to its folder "${folder}": ${fileTrouble(error)}`,
      { cause: error },
    );
  }
}
