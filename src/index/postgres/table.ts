/** An index's table, once it is open: what every statement on it needs to know. */
import type { IndexShape } from "../engine.ts";
import { filterSql, POSTGRES, type SqlParameter } from "../filter/sql.ts";
import type { Filter } from "../filter/filter.ts";
import { type Geometry, geometryOf } from "./geometry.ts";
import type { OpenedTable } from "./schema.ts";
import { quotedColumn, type StoredColumn, storedColumns } from "./stored_columns.ts";
import type { TableName } from "./table_name.ts";

/** The table. */
export class Table {
  readonly name: TableName;
  readonly shape: IndexShape;
  readonly geometry: Geometry;
  readonly columns: readonly StoredColumn[];
  /** Columns that are declared no longer, quoted: what is written has nothing in them. */
  readonly strayColumns: readonly string[];
  /** The OID of `vector`. */
  readonly vectorType: number;

  constructor(name: TableName, shape: IndexShape, opened: OpenedTable) {
    this.name = name;
    this.shape = shape;
    this.geometry = geometryOf(shape);
    this.columns = storedColumns(shape.columns);
    this.strayColumns = opened.strayColumns;
    this.vectorType = opened.vectorType;
  }

  /** Bytes of an embedding. */
  get embeddingBytes(): number {
    return 4 * this.shape.dimensions;
  }

  /** A filter as a condition; without one it takes everything. @param first number of its parameter. */
  condition(filter: Filter | undefined, first: number): Condition {
    if (!filter) return { text: "true", parameters: [] };
    const { columns } = this.shape;
    return filterSql(filter, { dialect: POSTGRES, columns, column: quotedColumn, first });
  }
}

/** A condition of SQL. */
export interface Condition {
  text: string;
  parameters: SqlParameter[];
}
