/** Declared columns as columns of a table. */
import type { Columns, ColumnType } from "../columns.ts";
import { quotedName } from "../filter/sql.ts";

/** In front of the names of declared columns: they are nobody else's then, PostgreSQL's neither. */
const PREFIX = "f_";

const TYPES: Record<ColumnType, string> = { str: "text", int: "bigint", float: "double precision" };

/** A column of the table. */
export interface StoredColumn {
  /** As it is declared. */
  name: string;
  /** As SQL has it. */
  quoted: string;
  /** As `format_type` tells it. */
  type: string;
}

/** A declared column's name as SQL has it. */
export function quotedColumn(name: string): string {
  return quotedName(PREFIX + name);
}

/** The declared columns, always in the same order. */
export function storedColumns(columns: Columns): StoredColumn[] {
  return Object.entries(columns)
    .map(([name, type]) => ({ name, quoted: quotedColumn(name), type: TYPES[type] }));
}

/** The declared name of a table's column; undefined if it is no declared one. */
export function declaredName(column: string): string | undefined {
  return column.startsWith(PREFIX) ? column.slice(PREFIX.length) : undefined;
}
