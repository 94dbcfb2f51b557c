/** Conditions on whole numbers, asked with fractions. */
import type { ColumnType } from "../columns.ts";
import type { Filter } from "./filter.ts";

type Condition = Exclude<Filter, { of: unknown }>;

/**
 * The same condition without fractions, so that databases compare whole numbers with whole numbers:
 * less than 2.5 is at most 2, and none is equal to it. Columns of other types keep theirs.
 */
export function wholeNumbers(condition: Condition, type: ColumnType): Condition {
  if (type !== "int") return condition;
  if ("values" in condition) {
    return { ...condition, values: condition.values.filter(Number.isInteger) };
  }
  const { kind, column } = condition;
  const value = Number(condition.value);
  if (Number.isInteger(value)) return condition;
  switch (kind) {
    case "lt":
    case "lte":
      return { kind: "lte", column, value: Math.floor(value) };
    case "gt":
    case "gte": // Of -0.5 it would be -0.
      return { kind: "gte", column, value: Math.ceil(value) + 0 };
    case "eq":
      return { kind: "in", column, values: [] };
    case "neq":
      return { kind: "nin", column, values: [] };
  }
}
