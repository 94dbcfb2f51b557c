/** Documents as they go between threads: few buffers, which are handed over and not copied. */
import { copyInSlices, type Sliced, type Slices } from "../../encoding/slices.ts";
import type { ColumnValue } from "../columns.ts";
import type { IndexEntry, SearchHit, StoredDocument } from "../engine.ts";

/** What a document costs, as bytes that are scanned, beside what of it is copied. */
const UNITS_OF_DOCUMENT = 200;
/** Bytes that are copied in the time in which one is scanned. */
const COPIED_OF_UNIT = 8;

/** Documents to be written. */
export interface PackedEntries {
  ids: string[];
  /** Of each declared column the values of all: a list for each document is slow to send. */
  columns: (ColumnValue | null)[][];
  /** float32 `[N, D]`. */
  embeddings: Float32Array<ArrayBuffer>;
  /** One after the other. */
  documents: Uint8Array<ArrayBuffer>;
  /** Where each ends. */
  ends: number[];
}

/** Documents of an answer. */
export interface PackedDocuments {
  ids: string[];
  /** float32 `[N, D]`; undefined if ids only are wanted. */
  embeddings?: Float32Array<ArrayBuffer>;
  /** One after the other; with `embeddings`. */
  documents?: Uint8Array<ArrayBuffer>;
  /** Where each ends. */
  ends?: number[];
}

/** Hits of queries: how many each has, and all one after the other. */
export interface PackedHits extends PackedDocuments {
  counts: number[];
  distances: Float64Array<ArrayBuffer>;
}

/** Packs documents: their bytes are copied once, so that the caller's stay with it. */
export function* packEntries(
  entries: readonly IndexEntry[],
  dimensions: number,
  columns: readonly string[],
  slices: Slices,
): Sliced<PackedEntries> {
  const bytes = entries.reduce((sum, { document }) => sum + document.length, 0);
  const packed: PackedEntries = {
    ids: entries.map(({ id }) => id),
    columns: columns.map(() => []),
    embeddings: new Float32Array(entries.length * dimensions),
    documents: new Uint8Array(bytes),
    ends: [],
  };
  let end = 0;
  for (const [i, entry] of entries.entries()) {
    const { embedding, document } = entry;
    for (const [c, name] of columns.entries()) packed.columns[c]!.push(entry.columns[name] ?? null);
    packed.embeddings.set(embedding, i * dimensions);
    yield* copyInSlices(document, packed.documents, end, slices);
    packed.ends.push(end += document.length);
    if (slices.spent(UNITS_OF_DOCUMENT + embedding.byteLength / COPIED_OF_UNIT)) yield;
  }
  return packed;
}

/** Bytes that documents hold when they are packed. */
export function bytesOf(entries: readonly IndexEntry[]): number {
  return entries.reduce((sum, one) => sum + one.embedding.byteLength + one.document.length, 0);
}

/** Bytes that the documents of an answer hold. */
export function answerBytesOf({ embeddings, documents }: PackedDocuments): number {
  return (embeddings?.byteLength ?? 0) + (documents?.length ?? 0);
}

/** What of a message is handed over. */
export function buffersOf(
  packed: { embeddings?: Float32Array<ArrayBuffer>; documents?: Uint8Array<ArrayBuffer> },
): ArrayBuffer[] {
  return [packed.embeddings?.buffer, packed.documents?.buffer].filter((buffer) =>
    buffer !== undefined
  );
}

/** The documents of an answer, as views of its buffers. */
export function unpackDocuments(
  { ids, embeddings, documents, ends }: PackedDocuments,
): StoredDocument[] {
  if (!embeddings || !documents || !ends) return ids.map((id) => ({ id }));
  const dimensions = embeddings.length / ids.length;
  return ids.map((id, i) => ({
    id,
    embedding: embeddings.subarray(i * dimensions, (i + 1) * dimensions),
    document: documents.subarray(ends[i - 1] ?? 0, ends[i]),
  }));
}

/** The hits of each query. */
export function* unpackHits(packed: PackedHits, slices: Slices): Sliced<SearchHit[][]> {
  const documents = unpackDocuments(packed);
  const lists: SearchHit[][] = [];
  let at = 0;
  for (const count of packed.counts) {
    const hits: SearchHit[] = [];
    for (const end = at + count; at < end; at++) {
      hits.push({ ...documents[at]!, distance: packed.distances[at]! });
      if (slices.spent(UNITS_OF_DOCUMENT)) yield;
    }
    lists.push(hits);
    if (slices.spent(UNITS_OF_DOCUMENT)) yield;
  }
  return lists;
}
