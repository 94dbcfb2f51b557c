/**
 * Reads filters in annlite's language (annlite 0.5, annlite/filter.py), which is a part of MongoDB's.
 *
 * Beyond the original: a value alone is `$eq`, `$ne` is `$neq`, `$and` and `$or` of a column may hold
 * operators alone, and what stands side by side is joined by "and" whatever its order. What it gave
 * to SQLite as it came is refused: SQL itself, unknown columns, null, lists where a value belongs.
 */
import { ClipError } from "../../errors.ts";
import { didYouMean } from "../../flow/suggest.ts";
import { type Columns, type ColumnType, type ColumnValue, toColumnValue } from "../columns.ts";
import { shortened, told } from "../told.ts";
import type { Comparison, Filter } from "./filter.ts";
import { wholeNumbers } from "./whole_numbers.ts";

/** Conditions of a filter. */
export const MAX_CONDITIONS = 1000;
/** Values in all its lists. */
export const MAX_VALUES = 10_000;
/** `$and` and `$or` in each other. */
export const MAX_DEPTH = 32;

const LOGICAL = new Map([["$and", "and"], ["$or", "or"]] as const);
const COMPARISONS = new Map<string, Comparison>([
  ["$lt", "lt"],
  ["$lte", "lte"],
  ["$gt", "gt"],
  ["$gte", "gte"],
  ["$eq", "eq"],
  ["$neq", "neq"],
  ["$ne", "neq"],
]);
const MEMBERSHIP = new Map([["$in", "in"], ["$nin", "nin"]] as const);
const OPERATORS = [...COMPARISONS.keys(), ...MEMBERSHIP.keys(), ...LOGICAL.keys()];

/** Columns that an error lists. */
const LISTED = 20;

type Join = "and" | "or";
type Fields = Record<string, unknown>;
type Field = [key: string, value: unknown];

/**
 * Reads a filter as it came.
 * @param path where it stands in the request, for errors.
 * @returns undefined for what takes every document: nothing, and what is empty.
 * @throws {ClipError} "invalid" that names the path.
 */
export function parseFilter(json: unknown, columns: Columns, path = "filter"): Filter | undefined {
  if (json === undefined || json === null || json === "") return undefined;
  return new FilterReader(columns).read(json, path);
}

class FilterReader {
  readonly #columns: Columns;
  #conditions = 0;
  #values = 0;

  constructor(columns: Columns) {
    this.#columns = columns;
  }

  read(json: unknown, path: string): Filter | undefined {
    if (Array.isArray(json)) {
      return json.length === 0 ? undefined : this.#list("and", json, path, undefined, 0);
    }
    if (isFields(json)) {
      const fields = fieldsOf(json, path);
      return fields.length === 0 ? undefined : this.#fields("and", fields, path, undefined, 0);
    }
    const example = 'expected an object such as {"price": {"$lt": 50}}';
    throw invalid(path, `${example}, got ${told(json)}`);
  }

  /**
   * What `$and` and `$or` hold: conditions in a list, or side by side as an object's fields.
   * @param column the one that operators alone are about.
   */
  #operands(
    kind: Join,
    json: unknown,
    path: string,
    column: string | undefined,
    depth: number,
  ): Filter {
    if (depth > MAX_DEPTH) throw invalid(path, `more than ${MAX_DEPTH} $and and $or in each other`);
    if (Array.isArray(json)) return this.#list(kind, json, path, column, depth);
    if (isFields(json)) return this.#fields(kind, fieldsOf(json, path), path, column, depth);
    throw invalid(path, `expected a list or an object of conditions, got ${told(json)}`);
  }

  #list(
    kind: Join,
    list: readonly unknown[],
    path: string,
    column: string | undefined,
    depth: number,
  ): Filter {
    if (list.length === 0) throw nothing(path);
    // Each has at least one condition: what has too many is not read first.
    if (list.length > MAX_CONDITIONS) throw tooMany(path);
    const each = (one: unknown, at: string) => {
      if (isFields(one)) return this.#fields("and", fieldsOf(one, at), at, column, depth);
      throw invalid(at, `expected an object of conditions, got ${told(one)}`);
    };
    return join(kind, list.map((one, i) => each(one, `${path}[${i}]`)));
  }

  #fields(
    kind: Join,
    fields: readonly Field[],
    path: string,
    column: string | undefined,
    depth: number,
  ): Filter {
    if (fields.length === 0) throw nothing(path);
    return join(
      kind,
      fields.map(([key, value]) => this.#field(key, value, inside(path, key), column, depth)),
    );
  }

  #field(
    key: string,
    value: unknown,
    path: string,
    column: string | undefined,
    depth: number,
  ): Filter {
    const logical = LOGICAL.get(key as "$and" | "$or");
    if (logical) return this.#operands(logical, value, path, column, depth + 1);
    if (!key.startsWith("$")) return this.#column(key, value, path, depth);
    if (column !== undefined) return this.#operator(key, value, path, column);
    if (!OPERATORS.includes(key)) throw unknownOperator(key, path);
    throw invalid(path, `an operator needs a column, as in {"price": {"${key}": 50}}`);
  }

  /** What a column is asked. */
  #column(column: string, json: unknown, path: string, depth: number): Filter {
    this.#type(column, path);
    if (!isFields(json)) return this.#operator("$eq", json, path, column);
    const fields = fieldsOf(json, path);
    const stray = fields.find(([key]) => !key.startsWith("$"));
    if (stray !== undefined) {
      const at = inside(path, stray[0]);
      throw invalid(at, "expected an operator, such as $eq: a column has no fields");
    }
    return this.#fields("and", fields, path, column, depth);
  }

  #operator(key: string, value: unknown, path: string, column: string): Filter {
    const type = this.#type(column, path);
    if (++this.#conditions > MAX_CONDITIONS) throw tooMany(path);
    const comparison = COMPARISONS.get(key);
    if (comparison) {
      const one = this.#value(value, type, path);
      return wholeNumbers({ kind: comparison, column, value: one }, type);
    }
    const membership = MEMBERSHIP.get(key as "$in" | "$nin");
    if (!membership) throw unknownOperator(key, path);
    if (!Array.isArray(value)) throw invalid(path, `expected a list, got ${told(value)}`);
    this.#values += value.length;
    if (this.#values > MAX_VALUES) {
      throw invalid(path, `the filter's lists have more than ${MAX_VALUES} values`);
    }
    const values = value.map((one, i) => this.#value(one, type, `${path}[${i}]`));
    return wholeNumbers({ kind: membership, column, values }, type);
  }

  #value(json: unknown, type: ColumnType, path: string): ColumnValue {
    if (json === null) {
      const why = "a document without a value meets no condition";
      throw invalid(path, `null cannot be compared: ${why}`);
    }
    if (Array.isArray(json)) throw invalid(path, "a list cannot be compared: write $in or $nin");
    const converted = toColumnValue(json, type, true);
    if ("value" in converted) return converted.value;
    throw invalid(path, `${converted.fault} (the column is declared as ${type})`);
  }

  #type(column: string, path: string): ColumnType {
    if (Object.hasOwn(this.#columns, column)) return this.#columns[column]!;
    const declared = Object.entries(this.#columns);
    if (declared.length === 0) {
      throw invalid(path, "there are no columns: declare some under 'columns' of the indexer");
    }
    const near = didYouMean(column, Object.keys(this.#columns));
    const listed = declared.slice(0, LISTED).map(([name, type]) => `'${name}' (${type})`);
    const more = declared.length > LISTED ? ` and ${declared.length - LISTED} more` : "";
    const there = `declared under 'columns' of the indexer: ${listed.join(", ")}${more}`;
    throw invalid(path, `no such column${near}${near ? " " : "; "}${there}`);
  }
}

/** An object's fields; where there are too many, they are not all copied first. */
function fieldsOf(json: Fields, path: string): Field[] {
  const fields: Field[] = [];
  for (const key in json) {
    if (fields.length === MAX_CONDITIONS) throw tooMany(path);
    fields.push([key, json[key]]);
  }
  return fields;
}

function join(kind: Join, of: Filter[]): Filter {
  return of.length === 1 ? of[0]! : { kind, of };
}

function isFields(json: unknown): json is Fields {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** The path of a key, so that it can be found in what was sent. */
function inside(path: string, key: string): string {
  return /^[$\w]{1,40}$/.test(key)
    ? `${path}.${key}`
    : `${path}[${JSON.stringify(shortened(key))}]`;
}

function unknownOperator(key: string, path: string): ClipError {
  const near = didYouMean(key, OPERATORS);
  const name = shortened(key);
  return invalid(path, `unknown operator ${name}${near || `; there are ${OPERATORS.join(", ")}`}`);
}

function tooMany(path: string): ClipError {
  return invalid(path, `the filter has more than ${MAX_CONDITIONS} conditions`);
}

function nothing(path: string): ClipError {
  return invalid(path, "expected at least one condition, got none");
}

function invalid(path: string, message: string): ClipError {
  return new ClipError("invalid", `${path}: ${message}`);
}
