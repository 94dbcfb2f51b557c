/** What a filter means, said as plainly as possible: the truth that SQL is compared with. */
import { compareCodePoints } from "../../src/code_point_order.ts";
import type { ColumnValue } from "../../src/index/columns.ts";
import type { Comparison, Filter } from "../../src/index/filter/filter.ts";

/** The values of a document's columns. */
export type ColumnValues = Readonly<Record<string, ColumnValue | null>>;

/** Whether a document meets a filter. */
export function matches(filter: Filter, columns: ColumnValues): boolean {
  if ("of" in filter) {
    return filter.kind === "and"
      ? filter.of.every((one) => matches(one, columns))
      : filter.of.some((one) => matches(one, columns));
  }
  const value = columns[filter.column] ?? null;
  if (value === null) return false;
  if ("values" in filter) return filter.values.includes(value) === (filter.kind === "in");
  return holds(filter.kind, compare(value, filter.value));
}

function compare(a: ColumnValue, b: ColumnValue): number {
  if (typeof a === "string" && typeof b === "string") return compareCodePoints(a, b);
  return Number(a) - Number(b);
}

function holds(comparison: Comparison, order: number): boolean {
  switch (comparison) {
    case "lt":
      return order < 0;
    case "lte":
      return order <= 0;
    case "gt":
      return order > 0;
    case "gte":
      return order >= 0;
    case "eq":
      return order === 0;
    case "neq":
      return order !== 0;
  }
}
