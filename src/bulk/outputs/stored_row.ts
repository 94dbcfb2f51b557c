/** What is kept of a row beside its embeddings: one line of JSON. */
import type { MetadataValue, Row } from "../row.ts";

/** A row as `ids_0.jsonl` has it. */
export interface StoredRow {
  id: string;
  /** Where the input has it, if that says more than the id. */
  place?: string;
  text?: string;
  metadata?: Readonly<Record<string, MetadataValue>>;
}

/** What is kept of a row. */
export function storedRow({ key: id, place, text, metadata }: Row): StoredRow {
  return {
    id,
    ...(place === id ? {} : { place }),
    ...(text === undefined ? {} : { text }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
}

const encoder = new TextEncoder();

/** A row as a line. */
export function rowLine(row: StoredRow): Uint8Array {
  return encoder.encode(`${JSON.stringify(row)}\n`);
}

/** The row of a line that `rowLine` wrote. */
export function readRowLine(line: string): StoredRow {
  return JSON.parse(line) as StoredRow;
}
