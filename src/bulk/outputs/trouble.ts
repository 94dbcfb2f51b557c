/** What is said when a job's folder cannot be written or read. */
import { ClipError } from "../../errors.ts";
import { fileTrouble } from "../../file_trouble.ts";

/**
 * Does what writes to a job's folder, or reads what the job itself wrote there.
 * @throws {ClipError} "backend": the reason, and that nothing is lost.
 */
export async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ClipError) throw error;
    throw new ClipError(
      "backend",
      `Cannot write "${path}": ${fileTrouble(error)}. What is done is kept: when that is mended, ` +
        "the same command goes on",
      { cause: error },
    );
  }
}

/** Whether there is a file or folder. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
