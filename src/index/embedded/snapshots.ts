/**
 * Graph and codes as files, so that an index opens without building them anew. They lie beside the
 * database, which names them: files that it does not name are those of a start or a snapshot that was
 * cut off, and are removed. Without them, or if they are not what they were, all is built from the
 * database again.
 */
import { join } from "node:path";
import { type FileSeal, isSealed, sealFile, syncFolder } from "./checksummed_file.ts";
import { readCodes, writeCodes } from "./codes_file.ts";
import type { Database } from "./database.ts";
import type { GraphSettings } from "./graph.ts";
import type { Vectors } from "./vectors.ts";

/** A snapshot, as the database names it. */
export interface Snapshot {
  graph: FileSeal;
  codes: FileSeal;
  /** Greatest key in it. */
  highest: number;
  /** Vectors in the graph, and places. */
  size: number;
  places: number;
  /** A graph keeps the neighbours of its making. */
  connectivity: number;
}

/** Names of their files. */
const FILES = /^(graph|codes)-[0-9a-f]+\.(usearch|bin)(\.part)?$/;

/**
 * Writes what is in memory, and removes the snapshot before.
 * @returns it. @throws what the system or SQLite throws; the one before is there then.
 */
export function writeSnapshot(
  folder: string,
  database: Database,
  vectors: Vectors,
  settings: GraphSettings,
): Snapshot {
  const name = crypto.randomUUID().replaceAll("-", "").slice(0, 16);
  const [graph, codes] = [`graph-${name}.usearch`, `codes-${name}.bin`];
  const { length } = vectors.codes;
  try {
    vectors.graph.save(join(folder, `${graph}.part`));
    const snapshot: Snapshot = {
      graph: sealFile(join(folder, `${graph}.part`), graph),
      codes: writeCodes(vectors.codes, join(folder, `${codes}.part`), codes),
      highest: length === 0 ? 0 : vectors.codes.keyOf(length - 1),
      size: vectors.graph.size,
      places: vectors.graph.places,
      connectivity: settings.connectivity,
    };
    for (const file of [graph, codes]) {
      Deno.renameSync(join(folder, `${file}.part`), join(folder, file));
    }
    syncFolder(folder);
    database.writeSnapshot(JSON.stringify(snapshot));
    removeOthers(folder, snapshot);
    return snapshot;
  } catch (error) {
    for (const file of [graph, codes]) {
      removeQuietly(join(folder, file));
      removeQuietly(join(folder, `${file}.part`));
    }
    throw error;
  }
}

/**
 * Reads the snapshot that the database names into empty `vectors`.
 * @returns undefined if there is none that can be used: `vectors` are empty then.
 */
export function readSnapshot(
  folder: string,
  database: Database,
  vectors: Vectors,
  settings: GraphSettings,
): Snapshot | undefined {
  const snapshot = namedSnapshot(database);
  removeOthers(folder, snapshot);
  if (snapshot === undefined || snapshot.connectivity !== settings.connectivity) return undefined;
  const [graph, codes] = [join(folder, snapshot.graph.file), join(folder, snapshot.codes.file)];
  if (!isSealed(graph, snapshot.graph) || !isSealed(codes, snapshot.codes)) return undefined;
  try {
    readCodes(vectors.codes, codes);
    if (!vectors.graph.load(graph, snapshot.places) || vectors.graph.size !== snapshot.size) {
      throw new Error("Another graph");
    }
    vectors.recount();
    for (const key of database.removedKeys()) vectors.remove(key);
    return snapshot;
  } catch {
    vectors.clear(join(folder, "empty.part"));
    return undefined;
  }
}

/** The snapshot that the database names. */
export function namedSnapshot(database: Database): Snapshot | undefined {
  const text = database.readSnapshot();
  return text === undefined ? undefined : JSON.parse(text) as Snapshot;
}

/** Removes all files of snapshots but those of one. */
export function removeOthers(folder: string, kept: Snapshot | undefined): void {
  for (const { name } of Deno.readDirSync(folder)) {
    if (!FILES.test(name) || name === kept?.graph.file || name === kept?.codes.file) continue;
    removeQuietly(join(folder, name));
  }
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It is not there, or the next start will remove it.
  }
}
