/** The columns of an index: what filters may ask about, out of the documents' tags. */

/** What a column may hold, as annlite has it. */
export const COLUMN_TYPES = ["str", "int", "float"] as const;
/** The type of a column. */
export type ColumnType = (typeof COLUMN_TYPES)[number];
/** A column's value: a text of `str`, a number of `int` and `float`. */
export type ColumnValue = string | number;
/** The declared columns, by name. */
export type Columns = Readonly<Record<string, ColumnType>>;
