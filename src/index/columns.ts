/** The columns of an index: what filters may ask about, out of the documents' tags. */
import { ClipError } from "../errors.ts";
import { textFault } from "./text_fault.ts";
import { told } from "./told.ts";

/** What a column may hold, as annlite has it. */
export const COLUMN_TYPES = ["str", "int", "float"] as const;
/** The type of a column. */
export type ColumnType = (typeof COLUMN_TYPES)[number];
/** A column's value: a text of `str`, a number of `int` and `float`. */
export type ColumnValue = string | number;
/** The declared columns, by name. */
export type Columns = Readonly<Record<string, ColumnType>>;

/** Bytes of UTF-8 that a text may have: an index of PostgreSQL takes 2704 of a row. */
export const MAX_TEXT_BYTES = 2048;

/** Digits of a number that is sent as text; longer ones are no numbers that somebody means. */
const MAX_DIGITS = 64;

/** A value as a column holds it, or the words for why it cannot. */
export type Conversion = { value: ColumnValue } | { fault: string };

/**
 * A value of JSON as a column holds it. As with annlite's SQLite, numbers may be sent as text and
 * texts as numbers, and `true` is 1. A number of an `int` column is whole, unless `fractions` are
 * asked for.
 */
export function toColumnValue(value: unknown, type: ColumnType, fractions = false): Conversion {
  return type === "str" ? toText(value) : toNumber(value, type === "float" || fractions, type);
}

/** What a column takes, in words. */
const EXPECTED: Record<ColumnType, string> = {
  str: "a text",
  int: "a whole number",
  float: "a number",
};

function toText(value: unknown): Conversion {
  if (typeof value === "number" || typeof value === "boolean") value = String(value);
  if (typeof value !== "string") return unexpected(value, "str");
  const fault = textFault(value, MAX_TEXT_BYTES);
  return fault === undefined ? { value } : { fault: `the text ${fault}` };
}

function toNumber(value: unknown, fractions: boolean, type: ColumnType): Conversion {
  const number = asNumber(value);
  if (number === undefined) return unexpected(value, type);
  if (!Number.isFinite(number)) return { fault: `${number} is no number that can be compared` };
  if (type === "int" && !(Math.abs(number) <= Number.MAX_SAFE_INTEGER)) {
    return { fault: `${number} is beyond 2^53, where whole numbers are no longer exact` };
  }
  if (!fractions && !Number.isInteger(number)) {
    return { fault: `expected a whole number, got ${number}` };
  }
  // There is one zero: -0 is 0 in one database and not in another.
  return { value: number + 0 };
}

function asNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  if (typeof value !== "string" || value.length > MAX_DIGITS) return undefined;
  return /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(value) ? Number(value) : undefined;
}

function unexpected(value: unknown, type: ColumnType): Conversion {
  return { fault: `expected ${EXPECTED[type]}, got ${told(value)}` };
}

/**
 * The values of all declared columns, out of a document's tags: null where there is none.
 * @throws {ClipError} "document" that names the key; the caller knows which document it is.
 */
export function columnValues(
  columns: Columns,
  tags: Readonly<Record<string, unknown>> | undefined,
): Record<string, ColumnValue | null> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, type]) => {
      const tag = tags && Object.hasOwn(tags, name) ? tags[name] : null;
      if (tag === null || tag === undefined) return [name, null];
      const converted = toColumnValue(tag, type);
      if ("value" in converted) return [name, converted.value];
      const column = `the column '${name}' is declared as ${type}`;
      throw new ClipError("document", `tags.${name}: ${converted.fault} (${column})`);
    }),
  );
}
