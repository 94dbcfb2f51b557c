/** Documents out of the table, by ids or in the order of writing. */
import { inSlices } from "../../encoding/slices.ts";
import { ClipError } from "../../errors.ts";
import type { ListRequest, StoredDocument, Wanted } from "../engine.ts";
import type { Session } from "./connections.ts";
import type { Table } from "./table.ts";
import { readVector } from "./vectors.ts";

/** Columns of a document, where documents are wanted. */
export interface DocumentRow {
  id: string;
  embedding?: Uint8Array;
  /** Null if all of the answer is too large. */
  document?: Uint8Array | null;
  /** Bytes of all documents and embeddings of the answer. */
  bytes?: string;
}

/**
 * Selects what is wanted of rows that have `id`, `embedding` and `document`. Documents stay where
 * they are, in the database, if there are too many bytes of them.
 * @param rows a query in brackets
 * @param first columns that are given beside
 */
export function documentsSql(
  table: Table,
  rows: string,
  wanted: Wanted,
  first = "",
): string {
  if (!wanted.documents) return `select ${first}id from ${rows} found`;
  return `select ${first}id, ${ifFits("vector_send(embedding)", wanted)} as embedding,
    ${ifFits("document", wanted)} as document, bytes from ${counted(table, rows)}`;
}

/** Rows, and in `bytes` what documents and embeddings of all of them have. */
export function counted({ embeddingBytes }: Table, rows: string): string {
  return `(select *, sum(octet_length(document)) over () + count(*) over () * ${embeddingBytes}
    as bytes from ${rows} rows) counted`;
}

/** A value of rows that are counted; null if they are too large. */
export function ifFits(value: string, { maxBytes }: Wanted): string {
  return `case when bytes <= ${Math.floor(maxBytes)} then ${value} end`;
}

/** What a row costs beside its embedding. */
const UNITS_OF_ROW = 200;

/** Rows as documents, in slices. @throws {ClipError} "too_large"; the signal's reason. */
function storedDocuments(
  rows: readonly DocumentRow[],
  table: Table,
  wanted: Wanted,
  signal: AbortSignal,
): StoredDocument[] | Promise<StoredDocument[]> {
  return inSlices(function* (slices) {
    const documents: StoredDocument[] = [];
    for (const row of rows) {
      documents.push(storedDocument(row, table, wanted));
      if (slices.spent(UNITS_OF_ROW + 4 * table.embeddingBytes)) yield;
    }
    return documents;
  }, signal);
}

function storedDocument(row: DocumentRow, table: Table, wanted: Wanted): StoredDocument {
  const { id, embedding, document } = row;
  if (!wanted.documents) return { id };
  if (!embedding || !document) throw answerTooLarge(Number(row.bytes), wanted);
  const values = new Float32Array(table.shape.dimensions);
  readVector(embedding, values);
  return { id, embedding: values, document };
}

/** Documents and embeddings of an answer are more than it may have. */
export function answerTooLarge(bytes: number, { maxBytes }: Wanted): ClipError {
  const text = `The documents of the answer have ${bytes} bytes, over the limit of ${maxBytes}: ` +
    "ask for fewer, or for ids only";
  return new ClipError("too_large", text);
}

/** Documents that a filter takes. */
export async function list(
  session: Session,
  table: Table,
  request: ListRequest,
  signal: AbortSignal,
): Promise<StoredDocument[]> {
  const { text, parameters } = table.condition(request.filter, 3);
  const rows = `(select * from ${table.name.quoted} where ${text}
    order by position limit $1::bigint offset $2::bigint)`;
  const found = await session.query<DocumentRow>(
    `${documentsSql(table, rows, request)} order by position`,
    [request.limit, request.offset, ...parameters],
  );
  return await storedDocuments(found, table, request, signal);
}

/** Documents by their ids. */
export async function get(
  session: Session,
  table: Table,
  ids: readonly string[],
  wanted: Wanted,
  signal: AbortSignal,
): Promise<(StoredDocument | undefined)[]> {
  const rows = `(select number, kept.* from unnest($1::text[]) with ordinality as asked(id, number)
    join ${table.name.quoted} kept on kept.id = asked.id)`;
  const found = await session.query<DocumentRow & { number: string }>(
    documentsSql(table, rows, wanted, "number, "),
    [ids],
  );
  const documents = new Array<StoredDocument | undefined>(ids.length).fill(undefined);
  for (const [i, document] of (await storedDocuments(found, table, wanted, signal)).entries()) {
    documents[Number(found[i]!.number) - 1] = document;
  }
  return documents;
}
