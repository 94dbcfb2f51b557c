/** Documents into the table, and out of it. */
import { ClipError } from "../../errors.ts";
import { compareCodePoints } from "../../code_point_order.ts";
import type { IndexEntry } from "../engine.ts";
import type { Session, SqlValue } from "./connections.ts";
import type { Table } from "./table.ts";
import { quotedLiteral } from "./table_name.ts";
import { byteaArray, vectorArray } from "./vectors.ts";

/** Documents and bytes of a statement. */
const STATEMENT_DOCUMENTS = 500;
const STATEMENT_BYTES = 8 * 2 ** 20;

/**
 * Places of a request in the order of writing: a position is the request's number times this, and
 * the document's place in it.
 */
const PLACES = 2 ** 20;

/** A document and its place in the request. */
interface Placed {
  entry: IndexEntry;
  place: number;
}

/** Statements that write so many documents. */
export interface Writing {
  /** Each part is one statement. */
  parts: Placed[][];
}

/**
 * Orders a request: of equal ids the last counts, and all writers take ids in one order, so that
 * none of them waits for another that waits for it.
 * @throws {ClipError} "too_large"
 */
export function planWriting(entries: readonly IndexEntry[]): Writing {
  if (entries.length > PLACES) {
    throw new ClipError("too_large", `Over ${PLACES} documents at once`);
  }
  const last = new Map<string, Placed>();
  entries.forEach((entry, place) => last.set(entry.id, { entry, place }));
  const placed = [...last.values()].sort((a, b) => compareCodePoints(a.entry.id, b.entry.id));
  const parts: Placed[][] = [];
  let bytes = Infinity;
  for (const one of placed) {
    const { document, embedding } = one.entry;
    const size = document.length + embedding.byteLength;
    if (bytes + size > STATEMENT_BYTES || parts.at(-1)!.length >= STATEMENT_DOCUMENTS) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)!.push(one);
    bytes += size;
  }
  return { parts };
}

/** Writes documents; several parts need a transaction. */
export async function write(
  session: Session,
  table: Table,
  { parts }: Writing,
  signal: AbortSignal,
): Promise<void> {
  // All of a request is written by one number.
  for (const [i, part] of parts.entries()) {
    const text = upsertSql(table, i === 0 ? "nextval" : "currval");
    const entries = part.map(({ entry }) => entry);
    const embeddings = entries.map(({ embedding }) => embedding);
    const values: SqlValue[] = [
      entries.map(({ id }) => id),
      part.map(({ place }) => place),
      byteaArray(entries.map(({ document }) => document)),
      await vectorArray(embeddings, table.vectorType, signal),
      ...table.columns.map(({ name }) => entries.map(({ columns }) => columns[name] ?? null)),
    ];
    await session.query(text, values);
  }
}

/** Locks those of the documents that are there until the transaction ends. @returns their ids. */
export async function lockDocuments(
  session: Session,
  table: Table,
  ids: readonly string[],
): Promise<Set<string>> {
  const rows = await session.query<{ id: string }>(lockingSql(table), [ids]);
  return new Set(rows.map(({ id }) => id));
}

/** Removes documents. @returns the ids of those that were there. */
export async function remove(
  session: Session,
  table: Table,
  ids: readonly string[],
): Promise<Set<string>> {
  const { quoted } = table.name;
  const rows = await session.query<{ id: string }>(
    `with there as materialized (${lockingSql(table)})
     delete from ${quoted} using there where ${quoted}.id = there.id returning ${quoted}.id`,
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}

function lockingSql({ name }: Table): string {
  return `select id from ${name.quoted} where id = any($1::text[]) order by id for update`;
}

function upsertSql(table: Table, counter: "nextval" | "currval"): string {
  const { name, columns, strayColumns } = table;
  const given = columns.map((_, i) => `c${i}`);
  const arrays = columns.map(({ type }, i) => `$${5 + i}::${type}[]`);
  const fields = ["position", "in_graph", "document", "embedding", ...columns.map((c) => c.quoted)];
  const updates = [
    ...fields.map((field) => `${field} = excluded.${field}`),
    ...strayColumns.map((field) => `${field} = null`),
  ];
  // Where there is no graph yet, documents are ready for the one that will be made.
  return `insert into ${name.quoted} (id, ${fields.join(", ")})
    select id, request.number * ${PLACES} + place, request.fresh, document, embedding${
    given.map((column) => `, ${column}`).join("")
  }
    from (select (select ${counter}(${quotedLiteral(name.sequence)})) as number,
      to_regclass(${quotedLiteral(name.graph)}) is null as fresh) request,
    unnest($1::text[], $2::int[], $3::bytea[], $4::vector[]${
    arrays.map((array) => `, ${array}`).join("")
  }) as given(id, place, document, embedding${given.map((column) => `, ${column}`).join("")})
    order by given.id collate "C"
    on conflict (id) do update set ${updates.join(", ")}`;
}
