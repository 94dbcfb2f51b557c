/** What long jobs embed: one row after the other, from whatever input. */
import { ClipError } from "../errors.ts";

/** A value of a row's metadata, as tables hold them. */
export type MetadataValue = string | number | boolean | null;

/** One row of an input. */
export interface Row {
  /**
   * Unique in the job, and the same at every run: a path below its root (`cats/1.jpg`), or the file
   * and what is in it (`captions.txt:12`, `shard-00001.tar/000010023`).
   */
  key: string;
  /** A text to embed. */
  text?: string;
  /** An image file to embed, read when its turn comes. @throws {ClipError} with the reason: `endsInput`. */
  image?: () => Promise<Uint8Array> | Uint8Array;
  /** What else the input says of it: columns, captions, paths. */
  metadata: Readonly<Record<string, MetadataValue>>;
  /** Where it stands, for people: `photos/cats/1.jpg`, `table.csv:12`. */
  place: string;
}

/** A row that cannot be read: it goes to the errors, and the job goes on. */
export interface BadRow {
  key: string;
  place: string;
  /** Why, in words. */
  reason: string;
}

/** What an input gives. */
export type InputRow = Row | BadRow;

/**
 * Whether what reading a row throws is no fault of that row: the store is not reached any more, or
 * does not take the credentials. The rows that follow would only fail the same way.
 */
export function endsInput(thrown: unknown): boolean {
  return thrown instanceof ClipError && (thrown.kind === "config" || thrown.kind === "unavailable");
}

/** An input: rows in an order that is the same at every run. */
export interface Input {
  /** How people call it: the path or glob as given. */
  name: string;
  /**
   * What of the input a job depends on (paths, sizes, options; no times): another fingerprint is
   * another job. A short text.
   */
  fingerprint: string;
  /** Rows if the input knows without reading everything. */
  count: number | undefined;
  /** Its images are waited for, so that many are best read at a time. */
  distant?: boolean;
  /** How much of it has been read, in bytes of all that there are, 0 to 1; undefined if nobody knows. */
  readShare?(): number | undefined;
  /**
   * @param skip rows that are passed over, without reading what is in them where that can be.
   * @throws {ClipError} "config" if the input as a whole cannot be read.
   */
  rows(skip: number, signal: AbortSignal): AsyncIterable<InputRow>;
}
