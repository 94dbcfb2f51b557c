/** Puts a backup in the place of an index: at any moment one of the two is there, whole. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ClipError } from "../../errors.ts";
import { backupFolder, copyFile, DATABASE_FILE, exists, linkFile } from "./backups.ts";
import { syncFolder } from "./checksummed_file.ts";
import { checkShape, readMeta, readShape } from "./schema.ts";
import type { Snapshot } from "./snapshots.ts";
import type { StepClock, Steps } from "./steps.ts";
import type { Store } from "./store.ts";

/** SQLite's files beside a database. */
const BESIDE = ["-wal", "-shm"];

/**
 * Restores a backup.
 * @throws {ClipError} "not_found", "invalid"; what the system or SQLite throws.
 */
export function* restoreBackup(store: Store, name: string, clock: StepClock): Steps<void> {
  const source = backupFolder(store.folder, name);
  if (!exists(join(source, DATABASE_FILE))) {
    throw new ClipError("not_found", `There is no backup '${name}' in "${store.folder}/backups"`);
  }
  const part = `${store.databasePath}.part`;
  try {
    yield* copyFile(join(source, DATABASE_FILE), part, clock);
    const snapshot = inspect(part, store, name);
    for (const seal of snapshot ? [snapshot.graph, snapshot.codes] : []) {
      yield* linkFile(join(source, seal.file), join(store.folder, seal.file), clock);
    }
    yield "alone";
    swap(store, part);
  } finally {
    for (const suffix of ["", ...BESIDE]) removeIfThere(part + suffix);
  }
}

/** @returns the snapshot that a copied database names. @throws {ClipError} "invalid". */
function inspect(part: string, store: Store, name: string): Snapshot | undefined {
  const copy = new DatabaseSync(part);
  try {
    const shape = readShape(copy);
    if (!shape) throw new ClipError("invalid", `The backup '${name}' holds no index`);
    try {
      checkShape(shape, store.shape);
    } catch (error) {
      const { message } = error as Error;
      throw new ClipError("invalid", `The backup '${name}' cannot be restored: ${message}`);
    }
    const text = readMeta(copy, "snapshot");
    return text === undefined ? undefined : JSON.parse(text) as Snapshot;
  } finally {
    copy.close();
  }
}

/** The old database has all in its one file when the new one takes its place. */
function swap(store: Store, part: string): void {
  if (!store.writable.checkpoint()) {
    throw new ClipError("unavailable", `Another program reads "${store.databasePath}": end it`);
  }
  store.giveUp();
  for (const suffix of BESIDE) removeIfThere(store.databasePath + suffix);
  Deno.renameSync(part, store.databasePath);
  syncFolder(store.folder);
  // Opened at once, so that a fault of it is told to who restores.
  void store.database;
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It is not there.
  }
}
