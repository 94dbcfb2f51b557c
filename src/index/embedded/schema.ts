/** The tables of an index, how they came to be, and the declared columns in them. */
import type { DatabaseSync } from "node:sqlite";
import { KeyError } from "../../errors.ts";
import type { Columns, ColumnType } from "../columns.ts";
import type { IndexShape } from "../engine.ts";

/** Each takes the tables one version on; `user_version` counts those that are done. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE documents (key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE);
   CREATE TABLE vectors (key INTEGER PRIMARY KEY, embedding BLOB NOT NULL);
   CREATE TABLE contents (key INTEGER PRIMARY KEY, document BLOB NOT NULL);
   CREATE TABLE removed (key INTEGER PRIMARY KEY);`,
];

const SQL_TYPES: Record<ColumnType, string> = { str: "TEXT", int: "INTEGER", float: "REAL" };

/** A declared column: its name in SQL is a number, so that any name will do in a flow. */
export interface StoredColumn {
  type: ColumnType;
  sql: string;
}

/** What is kept of the shape, as `meta` has it. */
interface StoredShape {
  dimensions: number;
  metric: string;
  /** All that were ever declared: what is not declared now stays as it is. */
  columns: Record<string, StoredColumn>;
}

/**
 * Makes the tables, or brings those of an older version up to date, and adds columns that are new.
 * @returns the declared columns.
 * @throws {KeyError} "config" if what is stored has another shape, or was written by a newer version.
 */
export function migrate(database: DatabaseSync, shape: IndexShape): Map<string, StoredColumn> {
  const version = Number(database.prepare("PRAGMA user_version").get()!.user_version);
  if (version > MIGRATIONS.length) {
    throw new KeyError(
      "config",
      "workspace",
      `The index was written by a newer clipline (tables of version ${version}, this one knows ` +
        `${MIGRATIONS.length}): use that one, or another folder`,
    );
  }
  database.exec("BEGIN IMMEDIATE");
  try {
    for (const migration of MIGRATIONS.slice(version)) database.exec(migration);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    const stored = readShape(database);
    if (stored !== undefined) checkShape(stored, shape);
    const columns = declare(database, stored?.columns ?? {}, shape.columns);
    writeMeta(database, "shape", JSON.stringify({ ...withoutColumns(shape), columns }));
    database.exec("COMMIT");
    return new Map(Object.keys(shape.columns).map((name) => [name, columns[name]!]));
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** The shape of a database's index; undefined if there is none. */
export function readShape(database: DatabaseSync): StoredShape | undefined {
  const text = readMeta(database, "shape");
  if (text === undefined) return undefined;
  const stored = JSON.parse(text) as StoredShape;
  return { ...stored, columns: Object.assign(Object.create(null), stored.columns) };
}

/** @throws {KeyError} "config" naming the key of the flow that says something else. */
export function checkShape(stored: StoredShape, shape: IndexShape): void {
  if (stored.dimensions !== shape.dimensions) {
    throw new KeyError(
      "config",
      "n_dim",
      `The index holds embeddings of ${stored.dimensions} numbers, and ${shape.dimensions} are ` +
        "wanted: use the model it was made with, or another workspace",
    );
  }
  if (stored.metric !== shape.metric) {
    throw new KeyError(
      "config",
      "metric",
      `The index was made for ${stored.metric}, and ${shape.metric} is wanted: say metric: ` +
        `${stored.metric}, or use another workspace`,
    );
  }
  for (const [name, type] of Object.entries(shape.columns)) {
    const before = stored.columns[name]?.type ?? type;
    if (before === type) continue;
    throw new KeyError(
      "config",
      "columns",
      `The column '${name}' holds ${before}, and ${type} is wanted: say ${before}, give it ` +
        "another name, or use another workspace",
    );
  }
}

/** What is kept under a name beside the documents. */
export function readMeta(database: DatabaseSync, name: string): string | undefined {
  const row = database.prepare("SELECT value FROM meta WHERE name = ?").get(name);
  return row === undefined ? undefined : String(row.value);
}

/** Keeps something under a name. */
export function writeMeta(database: DatabaseSync, name: string, value: string): void {
  database.prepare("INSERT OR REPLACE INTO meta VALUES (?, ?)").run(name, value);
}

function withoutColumns({ dimensions, metric }: IndexShape): Omit<StoredShape, "columns"> {
  return { dimensions, metric };
}

function declare(
  database: DatabaseSync,
  stored: Readonly<Record<string, StoredColumn>>,
  declared: Columns,
): Record<string, StoredColumn> {
  const columns: Record<string, StoredColumn> = Object.assign(Object.create(null), stored);
  let count = Object.keys(stored).length;
  for (const [name, type] of Object.entries(declared)) {
    if (columns[name]) continue;
    const sql = `c${++count}`;
    database.exec(`ALTER TABLE documents ADD COLUMN ${sql} ${SQL_TYPES[type]}`);
    database.exec(`CREATE INDEX documents_${sql} ON documents (${sql})`);
    columns[name] = { type, sql };
  }
  return columns;
}
