/**
 * Filters as conditions of SQL: values are parameters, names are quoted.
 *
 * The columns hold text, whole numbers or floats, as the filter's values do, and text in the order of
 * its UTF-8: SQLite's own, PostgreSQL's collation "C".
 */
import type { Columns, ColumnType, ColumnValue } from "../columns.ts";
import type { Comparison, Filter } from "./filter.ts";

/** What a parameter holds: in PostgreSQL lists are arrays, in SQLite the text of JSON. */
export type SqlParameter = ColumnValue | readonly ColumnValue[];

/** In what databases differ. */
export interface SqlDialect {
  /** The parameter of a number, counted from 1, of a column's type. */
  parameter(number: number, type: ColumnType): string;
  /** What stands behind a column that is compared by order. */
  order(type: ColumnType): string;
  /** Whether a column's value is in the list that a parameter holds. */
  among(column: string, number: number, type: ColumnType): string;
  /** The list as `among` takes it. */
  list(values: readonly ColumnValue[], type: ColumnType): SqlParameter;
}

/** A condition of SQL. */
export interface SqlCondition {
  text: string;
  parameters: SqlParameter[];
}

/** What a condition is about. */
export interface SqlTarget {
  dialect: SqlDialect;
  columns: Columns;
  /** A column as SQL has it; by default its name, quoted. */
  column?(name: string): string;
  /** The number of the first parameter; 1 if it is not given. */
  first?: number;
}

/** SQLite: parameters are `?`, whatever their number, so they stand in the order of the text. */
export const SQLITE: SqlDialect = {
  parameter: () => "?",
  order: () => "",
  among: (column) => `${column} IN (SELECT value FROM json_each(?))`,
  // A float that is whole would be read as an integer, of the digits that JavaScript leaves out.
  list: (values, type) =>
    type === "float"
      ? `[${values.map((value) => Number(value).toExponential()).join()}]`
      : JSON.stringify(values),
};

const POSTGRES_TYPES: Record<ColumnType, string> = { str: "text", int: "bigint", float: "float8" };

/** PostgreSQL, for clients that make arrays of arrays, as npm's `pg`. */
export const POSTGRES: SqlDialect = {
  parameter: (number, type) => `$${number}::${POSTGRES_TYPES[type]}`,
  order: (type) => type === "str" ? ' COLLATE "C"' : "",
  among: (column, number, type) => `${column} = ANY($${number}::${POSTGRES_TYPES[type]}[])`,
  list: (values) => values,
};

/** A name as SQL has it, whatever is in it. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A filter as a condition. @throws {TypeError} for a column that is not among the target's. */
export function filterSql(filter: Filter, target: SqlTarget): SqlCondition {
  const writer = new ConditionWriter(target);
  return { text: writer.write(filter), parameters: writer.parameters };
}

const OPERATORS: Record<Comparison, string> = {
  lt: "<",
  lte: "<=",
  gt: ">",
  gte: ">=",
  eq: "=",
  neq: "<>",
};

class ConditionWriter {
  readonly parameters: SqlParameter[] = [];
  readonly #target: SqlTarget;

  constructor(target: SqlTarget) {
    this.#target = target;
  }

  write(filter: Filter): string {
    if ("of" in filter) return this.#joined(filter.kind, filter.of);
    const { dialect } = this.#target;
    const type = this.#type(filter.column);
    const column = (this.#target.column ?? quotedName)(filter.column);
    if ("values" in filter) {
      const number = this.#next(dialect.list(filter.values, type));
      const among = dialect.among(column, number, type);
      // Nothing is in no list, and NULL neither: it is left out by name.
      return filter.kind === "in" ? among : `(${column} IS NOT NULL AND NOT ${among})`;
    }
    const { kind, value } = filter;
    const order = kind === "eq" || kind === "neq" ? "" : dialect.order(type);
    const number = this.#next(value);
    return `${column}${order} ${OPERATORS[kind]} ${dialect.parameter(number, type)}`;
  }

  /** In halves of halves: SQLite takes no expression that is deeper than 1000, and a list is one. */
  #joined(kind: "and" | "or", filters: readonly Filter[]): string {
    if (filters.length === 0) return kind === "and" ? "1 = 1" : "1 = 0";
    if (filters.length === 1) return this.write(filters[0]!);
    const middle = filters.length >> 1;
    const first = this.#joined(kind, filters.slice(0, middle));
    const second = this.#joined(kind, filters.slice(middle));
    return `(${first} ${kind.toUpperCase()} ${second})`;
  }

  #type(column: string): ColumnType {
    const { columns } = this.#target;
    const type = Object.hasOwn(columns, column) ? columns[column] : undefined;
    if (type === undefined) throw new TypeError(`There is no column ${column}`);
    return type;
  }

  #next(parameter: SqlParameter): number {
    this.parameters.push(parameter);
    return (this.#target.first ?? 1) + this.parameters.length - 1;
  }
}
