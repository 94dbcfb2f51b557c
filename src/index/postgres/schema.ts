/**
 * The table of an index: made if it is not there, brought up to date if it is.
 *
 * All of it is done in a transaction under a lock of the database, so that servers which start at
 * once do not meet; `if not exists` alone lets them.
 */
import { KeyError } from "../../errors.ts";
import type { IndexShape, Metric } from "../engine.ts";
import { quotedName } from "../filter/sql.ts";
import type { Address } from "./address.ts";
import type { Session } from "./connections.ts";
import { MAX_DIMENSIONS } from "./geometry.ts";
import { declaredName, quotedColumn, storedColumns } from "./stored_columns.ts";
import type { TableName } from "./table_name.ts";

/** Of the table's form; a later one is migrated to, or refused. */
const VERSION = 1;
/** The first pgvector whose graph goes on until a filter is satisfied. */
const LEAST_PGVECTOR = [0, 8];
/** Bytes of a page for rows, and of a row beside its embedding: header, id, some columns. */
const PAGE_BYTES = 8100;
const ROW_BYTES = 150;
/** PostgreSQL begins to move values out of rows that are longer than this (TOAST_TUPLE_THRESHOLD). */
const TOAST_BYTES = 2032;

/** What was found out about the database. */
export interface OpenedTable {
  /** The OID of the type `vector`. */
  vectorType: number;
  /** Columns of the table that are declared no longer, quoted. */
  strayColumns: string[];
}

/** What the table's comment says. */
interface Described {
  version: number;
  dimensions: number;
  metric: Metric;
}

/**
 * Makes or checks the table, in a transaction.
 * @throws {KeyError} "config" naming the key that does not fit what is there.
 */
export async function openTable(
  session: Session,
  name: TableName,
  shape: IndexShape,
  address: Address,
): Promise<OpenedTable> {
  await session.query("select pg_advisory_xact_lock(hashtextextended('clipline', 0))");
  await openExtension(session, address);
  if (!await isThere(session, name.quoted)) await makeTable(session, name, shape);
  else checkDescription(await describedOf(session, name.quoted), shape, address);
  const strayColumns = await openColumns(session, name, shape, address);
  const [type] = await session.query<{ oid: number }>("select 'vector'::regtype::oid");
  return { vectorType: type!.oid, strayColumns };
}

/** Whether there is a table or index of that name. */
export async function isThere(session: Session, quoted: string): Promise<boolean> {
  const text = "select to_regclass($1) is not null as there";
  const [row] = await session.query<{ there: boolean }>(text, [quoted]);
  return row!.there;
}

/** Writes down what a table holds, for whoever opens it or looks at it. */
export async function describe(
  session: Session,
  quoted: string,
  { dimensions, metric }: IndexShape,
): Promise<void> {
  const described: Described = { version: VERSION, dimensions, metric };
  // A comment takes no parameters. There is no quote in it.
  await session.query(`comment on table ${quoted} is 'clipline: ${JSON.stringify(described)}'`);
}

/** What a table holds; undefined if it is not one of ours. */
export async function describedOf(
  session: Session,
  quoted: string,
): Promise<Described | undefined> {
  const text = "select obj_description(to_regclass($1), 'pg_class') as comment";
  const [row] = await session.query<{ comment: string | null }>(text, [quoted]);
  const json = /^clipline: (\{.*\})$/.exec(row?.comment ?? "")?.[1];
  if (json === undefined) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

async function openExtension(session: Session, { told, user }: Address): Promise<void> {
  const [found] = await session.query<{ offered: string; installed: string | null }>(
    "select default_version as offered, installed_version as installed " +
      "from pg_available_extensions where name = 'vector'",
  );
  if (!found) {
    const text =
      `PostgreSQL at ${told} has no pgvector: install the package (0.8.0 or later) there`;
    throw new KeyError("config", "url", text);
  }
  if (found.installed === null) {
    const [may] = await session.query<{ may: boolean }>(
      "select rolsuper or coalesce((select bool_or(trusted) from pg_available_extension_versions " +
        "where name = 'vector' and version = $1), false) and has_database_privilege(" +
        "current_database(), 'create') as may from pg_roles where rolname = current_user",
      [found.offered],
    );
    if (!may?.may) {
      const text =
        `PostgreSQL at ${told} has pgvector, but it is not set up in this database, and ` +
        `user '${user}' may not do it: let an administrator run CREATE EXTENSION vector there`;
      throw new KeyError("config", "url", text);
    }
    await session.query("create extension vector");
  }
  const version = found.installed ?? found.offered;
  const [major, minor] = version.split(".").map(Number);
  const [leastMajor, leastMinor] = LEAST_PGVECTOR;
  if (major! < leastMajor! || major === leastMajor && minor! < leastMinor!) {
    const text =
      `PostgreSQL at ${told} has pgvector ${version}, and 0.8.0 is needed: install it, ` +
      "then let an administrator run ALTER EXTENSION vector UPDATE";
    throw new KeyError("config", "url", text);
  }
}

async function makeTable(session: Session, name: TableName, shape: IndexShape): Promise<void> {
  const { dimensions } = shape;
  if (dimensions > MAX_DIMENSIONS) {
    const text = `pgvector has ${MAX_DIMENSIONS} dimensions at most, not ${dimensions}`;
    throw new KeyError("config", "n_dim", text);
  }
  if (name.schema !== undefined) {
    // `if not exists` asks for the right to make it even where it is there.
    const text = "select to_regnamespace($1) is not null as there";
    const [row] = await session.query<{ there: boolean }>(text, [quotedName(name.schema)]);
    if (!row!.there) await session.query(`create schema ${quotedName(name.schema)}`);
  }
  // A row's parts lie beside each other as long as that does not make fewer rows of a page:
  // embeddings that are looked at one by one are read three times as fast from the row itself.
  const rowBytes = 4 * dimensions + ROW_BYTES;
  const rowsOfPage = Math.floor(PAGE_BYTES / rowBytes);
  const target = Math.max(TOAST_BYTES, Math.floor(PAGE_BYTES / Math.max(1, rowsOfPage)));
  await session.query(
    `create table ${name.quoted} (
      id text collate "C" primary key,
      position bigint not null unique,
      in_graph boolean not null,
      document bytea not null,
      embedding vector(${dimensions}) not null
    ) with (toast_tuple_target = ${Math.min(target, PAGE_BYTES)})`,
  );
  await session.query(`alter table ${name.quoted} alter document set storage external`);
  if (rowsOfPage >= 2) {
    await session.query(`alter table ${name.quoted} alter embedding set storage plain`);
  }
  await session.query(`create index on ${name.quoted} (position) where not in_graph`);
  await session.query(`create sequence ${name.sequence} owned by ${name.quoted}.position`);
  await describe(session, name.quoted, shape);
}

function checkDescription(
  described: Described | undefined,
  shape: IndexShape,
  { table }: Address,
): void {
  const wrong = (key: string, text: string) => new KeyError("config", key, text);
  if (!described) {
    throw wrong("table", `The table '${table}' is there and is not an index: take another name`);
  }
  if (described.version > VERSION) {
    throw wrong("table", `The table '${table}' was made by a later version of clipline`);
  }
  if (described.dimensions !== shape.dimensions) {
    throw wrong(
      "n_dim",
      `The table '${table}' holds embeddings of ${described.dimensions} dimensions, ` +
        `not ${shape.dimensions}: take another table for another model`,
    );
  }
  if (described.metric !== shape.metric) {
    throw wrong(
      "metric",
      `The table '${table}' was made for ${described.metric}, not ${shape.metric}`,
    );
  }
}

/** Adds what is newly declared. @returns what is declared no longer. */
async function openColumns(
  session: Session,
  name: TableName,
  { columns }: IndexShape,
  { table }: Address,
): Promise<string[]> {
  const rows = await session.query<{ name: string; type: string }>(
    "select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute " +
      "where attrelid = to_regclass($1) and attnum > 0 and not attisdropped",
    [name.quoted],
  );
  const there = new Map<string, string>();
  for (const row of rows) {
    const declared = declaredName(row.name);
    if (declared !== undefined) there.set(declared, row.type);
  }
  for (const { name: column, quoted, type } of storedColumns(columns)) {
    const found = there.get(column);
    there.delete(column);
    if (found === type) continue;
    if (found !== undefined) {
      throw new KeyError(
        "config",
        "columns",
        `The column '${column}' of the table '${table}' holds ${found}, not ${type}`,
      );
    }
    // In the order of UTF-8, as filters compare.
    const collation = type === "text" ? ' collate "C"' : "";
    await session.query(`alter table ${name.quoted} add column ${quoted} ${type}${collation}`);
    await session.query(`create index on ${name.quoted} (${quoted})`);
  }
  return [...there.keys()].map(quotedColumn);
}
