/** Documents as they go between threads: few buffers, which are handed over and not copied. */
import { copyInSlices, type Sliced, type Slices } from "../../encoding/slices.ts";
import type { ColumnValue } from "../columns.ts";
import type { IndexEntry, SearchHit, StoredDocument } from "../engine.ts";

/** Documents to be written. */
export interface PackedEntries {
  ids: string[];
  /** Of each its values, in the order of the declared columns. */
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

/** What a document costs beside its bytes. */
const UNITS_OF_DOCUMENT = 200;

/** Packs documents: their bytes are copied once, so that the caller's stay with it. */
export function* packEntries(
  entries: readonly IndexEntry[],
  dimensions: number,
  columns: readonly string[],
  slices: Slices,
): Sliced<PackedEntries> {
  const packed: PackedEntries = {
    ids: [],
    columns: [],
    embeddings: new Float32Array(entries.length * dimensions),
    documents: new Uint8Array(entries.reduce((sum, { document }) => sum + document.length, 0)),
    ends: [],
  };
  let end = 0;
  for (const [i, { id, columns: values, embedding, document }] of entries.entries()) {
    packed.ids.push(id);
    packed.columns.push(columns.map((name) => values[name] ?? null));
    packed.embeddings.set(embedding, i * dimensions);
    yield* copyInSlices(document, packed.documents, end, slices);
    packed.ends.push(end += document.length);
    if (slices.spent(UNITS_OF_DOCUMENT + embedding.byteLength)) yield;
  }
  return packed;
}

/** Bytes that documents have when they are packed. */
export function bytesOf(entries: readonly IndexEntry[]): number {
  return entries.reduce((sum, one) => sum + one.embedding.byteLength + one.document.length, 0);
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
export function* unpackDocuments(
  packed: PackedDocuments,
  slices: Slices,
): Sliced<StoredDocument[]> {
  const { ids, embeddings, documents, ends } = packed;
  const dimensions = (embeddings?.length ?? 0) / ids.length;
  const unpacked: StoredDocument[] = [];
  for (const [i, id] of ids.entries()) {
    unpacked.push(
      !embeddings || !documents || !ends ? { id } : {
        id,
        embedding: embeddings.subarray(i * dimensions, (i + 1) * dimensions),
        document: documents.subarray(ends[i - 1] ?? 0, ends[i]),
      },
    );
    if (slices.spent(UNITS_OF_DOCUMENT)) yield;
  }
  return unpacked;
}

/** The hits of each query. */
export function* unpackHits(packed: PackedHits, slices: Slices): Sliced<SearchHit[][]> {
  const found = yield* unpackDocuments(packed, slices);
  const hits: SearchHit[][] = [];
  let at = 0;
  for (const count of packed.counts) {
    const own: SearchHit[] = [];
    for (const end = at + count; at < end; at++) {
      own.push({ ...found[at]!, distance: packed.distances[at]! });
      if (slices.spent(UNITS_OF_DOCUMENT)) yield;
    }
    hits.push(own);
  }
  return hits;
}
