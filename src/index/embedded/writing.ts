/** Writes that are committed together, each of them whole or not at all. */
import { ClipError } from "../../errors.ts";
import { type Database } from "./database.ts";
import { databaseTrouble } from "./database_trouble.ts";
import type { PackedEntries } from "./packing.ts";
import type { StepClock, Steps } from "./steps.ts";
import type { Vectors } from "./vectors.ts";

/** A write that waits. */
export type Write =
  | { op: "put" | "update"; entries: PackedEntries }
  | { op: "delete"; ids: string[] };

/** What came of a write: the ids that were not there, or why it was not done. */
export type Written = { missing: string[] } | { error: ClipError };

/** What a write changes in memory, once it is committed; in the order in which it came. */
type Change = { removed: number } | { added: number; embeddings: Float32Array; at: number };

/**
 * Writes all of them in one transaction, and takes them into memory when it is committed.
 * @param noted keys up to this one are noted when they are removed.
 */
export function* writeTogether(
  writes: readonly Write[],
  database: Database,
  vectors: Vectors,
  noted: number,
  clock: StepClock,
): Steps<Written[]> {
  const written: Written[] = [];
  const changes: Change[] = [];
  try {
    database.begin();
    for (const write of writes) {
      database.beginPart();
      const before = changes.length;
      try {
        const missing = yield* apply(
          write,
          database,
          vectors.codes.dimensions,
          noted,
          changes,
          clock,
        );
        database.endPart(true);
        written.push({ missing });
      } catch (thrown) {
        // A full disk ends the whole transaction.
        if (!database.inTransaction) throw thrown;
        database.endPart(false);
        changes.length = before;
        written.push({ error: databaseTrouble(thrown, database.path) });
      }
    }
    yield "alone";
    database.commit();
  } catch (thrown) {
    database.rollBack();
    const error = databaseTrouble(thrown, database.path);
    return writes.map(() => ({ error }));
  }
  for (const change of changes) {
    if ("removed" in change) vectors.remove(change.removed);
    else vectors.add(change.added, change.embeddings, change.at);
  }
  return written;
}

function* apply(
  write: Write,
  database: Database,
  dimensions: number,
  noted: number,
  changes: Change[],
  clock: StepClock,
): Steps<string[]> {
  const missing: string[] = [];
  const ids = write.op === "delete" ? write.ids : write.entries.ids;
  for (const [i, id] of ids.entries()) {
    const removed = database.remove(id, noted);
    if (removed !== undefined) changes.push({ removed });
    else if (write.op !== "put") missing.push(id);
    if (write.op === "put" || (write.op === "update" && removed !== undefined)) {
      const { columns, embeddings, documents, ends } = write.entries;
      const embedding = embeddings.subarray(i * dimensions, (i + 1) * dimensions);
      const document = documents.subarray(ends[i - 1] ?? 0, ends[i]);
      const added = database.insert({
        id,
        columns: columns.map((values) => values[i]!),
        embedding,
        document,
      });
      changes.push({ added, embeddings, at: i * dimensions });
    }
    if (clock.over) yield "pause";
  }
  return missing;
}
