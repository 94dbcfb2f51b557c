/**
 * Copies of an index in `backups/NAME/`: the database, and the files of its snapshot. A copy is made
 * under another name and renamed, so that what has a name is whole.
 */
import { join } from "node:path";
import { ClipError } from "../../errors.ts";
import { BACKUP_NAME, MAX_BACKUPS } from "../bounds.ts";
import { tooManyBackups } from "../told.ts";
import { syncFolder } from "./checksummed_file.ts";
import type { Snapshot } from "./snapshots.ts";
import type { StepClock, Steps } from "./steps.ts";

/** Of the database, in the index's folder and in a copy's. */
export const DATABASE_FILE = "index.sqlite";

/** In front of a copy's name while it is made, and while it is removed: no copy's own begins so. */
const [PART, OLD] = [".part-", ".old-"];

const COPY_BYTES = 1 << 22;

/** The folder of a copy. @throws {ClipError} "invalid" if the name is none. */
export function backupFolder(folder: string, name: string): string {
  if (!BACKUP_NAME.test(name)) {
    throw new ClipError(
      "invalid",
      `A backup cannot be called ${JSON.stringify(name)}: up to 64 letters, digits, '.', '_' and ` +
        "'-', of which the first is a letter or digit",
    );
  }
  return join(folder, "backups", name);
}

/**
 * Copies a database that nobody writes to meanwhile, with all in its one file.
 * @throws {ClipError} "invalid", also if there are too many; what the system throws.
 */
export function* makeBackup(
  folder: string,
  name: string,
  snapshot: Snapshot | undefined,
  clock: StepClock,
): Steps<void> {
  const target = backupFolder(folder, name);
  const backups = join(folder, "backups");
  const [part, old] = [join(backups, PART + name), join(backups, OLD + name)];
  requireRoom(folder, target);
  try {
    removeTree(part);
    Deno.mkdirSync(part, { recursive: true });
    yield* copyFile(join(folder, DATABASE_FILE), join(part, DATABASE_FILE), clock);
    if (snapshot) {
      for (const { file } of [snapshot.graph, snapshot.codes]) {
        yield* linkFile(join(folder, file), join(part, file), clock);
      }
    }
    syncFolder(part);
    removeTree(old);
    if (exists(target)) Deno.renameSync(target, old);
    Deno.renameSync(part, target);
    syncFolder(backups);
    removeTree(old);
  } catch (error) {
    removeTree(part);
    if (!exists(target) && exists(old)) Deno.renameSync(old, target);
    throw error;
  }
}

/** @throws {ClipError} "invalid" if this would be one backup more than there may be. */
function requireRoom(folder: string, target: string): void {
  const backups = join(folder, "backups");
  if (exists(target) || !exists(backups)) return;
  const count = [...Deno.readDirSync(backups)]
    .filter(({ name, isDirectory }) => isDirectory && BACKUP_NAME.test(name)).length;
  if (count >= MAX_BACKUPS) throw new ClipError("invalid", tooManyBackups(MAX_BACKUPS));
}

/** Puts right what the end of the process left in the middle of a backup. */
export function tidyBackups(folder: string): void {
  const backups = join(folder, "backups");
  if (!exists(backups)) return;
  for (const { name } of [...Deno.readDirSync(backups)]) {
    const path = join(backups, name);
    if (name.startsWith(PART)) removeTree(path);
    if (!name.startsWith(OLD)) continue;
    const target = join(backups, name.slice(OLD.length));
    if (exists(target)) removeTree(path);
    else Deno.renameSync(path, target);
  }
}

/** Copies a file onto the disk. */
export function* copyFile(from: string, to: string, clock: StepClock): Steps<void> {
  const source = Deno.openSync(from);
  try {
    const target = Deno.openSync(to, { write: true, create: true, truncate: true });
    try {
      const piece = new Uint8Array(COPY_BYTES);
      for (let count = source.readSync(piece); count !== null; count = source.readSync(piece)) {
        for (let done = 0; done < count;) done += target.writeSync(piece.subarray(done, count));
        if (clock.over) yield "pause";
      }
      target.syncSync();
    } finally {
      target.close();
    }
  } finally {
    source.close();
  }
}

/** A second name for a file that never changes; a copy where the file system has no such thing. */
export function* linkFile(from: string, to: string, clock: StepClock): Steps<void> {
  try {
    Deno.linkSync(from, to);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    if (error instanceof Deno.errors.NotFound) return;
    yield* copyFile(from, to, clock);
  }
}

/** Whether there is something. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function removeTree(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch {
    // It is not there; else what comes next says why.
  }
}
