/** Files that are there as a whole or not at all. */
import { dirname } from "node:path";
import { writeAll } from "./spool_file.ts";
import { onDisk } from "./trouble.ts";

/** What a file that is being written is called. */
const BEING_WRITTEN = ".tmp";

/**
 * Writes a file under another name, waits until it is on the disk, and gives it its own.
 * @throws {ClipError} "backend" if it cannot be written; nothing is left then.
 */
export async function writeWhole(
  path: string,
  write: (file: Deno.FsFile) => Promise<void>,
): Promise<void> {
  const temporary = `${path}${BEING_WRITTEN}`;
  await onDisk(path, async () => {
    const file = await Deno.open(temporary, { write: true, create: true, truncate: true });
    try {
      await write(file);
      await file.sync();
    } catch (error) {
      file.close();
      await Deno.remove(temporary).catch(() => {});
      throw error;
    }
    file.close();
    await Deno.rename(temporary, path);
  });
}

/** Writes a small text as a whole. @throws {ClipError} "backend" */
export function writeWholeText(path: string, text: string): Promise<void> {
  return writeWhole(path, (file) => writeAll(file, new TextEncoder().encode(text)));
}

/**
 * Resolves when names given in the folder of `path` are on the disk: without it a power cut may
 * undo them. File systems that cannot do it do without.
 */
export async function syncNames(path: string): Promise<void> {
  try {
    using folder = await Deno.open(dirname(path), { read: true });
    await folder.sync();
  } catch {
    // No folder can be opened on Windows, and no file system is asked twice.
  }
}
