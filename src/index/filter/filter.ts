/** A filter, read: plain data, so that it can go to another thread. */
import type { ColumnValue } from "../columns.ts";

/** What compares a column with one value. */
export const COMPARISONS = ["lt", "lte", "gt", "gte", "eq", "neq"] as const;
/** A comparison. */
export type Comparison = (typeof COMPARISONS)[number];

/** A condition on documents. A document without a value in a column meets no condition on it. */
export type Filter =
  | { kind: "and" | "or"; of: readonly Filter[] }
  | { kind: Comparison; column: string; value: ColumnValue }
  | { kind: "in" | "nin"; column: string; values: readonly ColumnValue[] };
