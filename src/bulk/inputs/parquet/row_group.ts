/** Rows of one row group, a window of them at a time. */
import { type FileMetaData, parquetReadObjects } from "hyparquet";
import { compressors, decompressZstd } from "hyparquet-compressors";
import { MAX_ROW_GROUP_BYTES, ROW_WINDOW_BYTES } from "../bounds.ts";
import type { ParquetColumn } from "./metadata.ts";
import { checkPages, chunkRange } from "./page_check.ts";
import type { RandomAccess } from "./random_access.ts";

/** The most rows of a window: more save no time. */
const MAX_WINDOW = 16_384;
const MIN_WINDOW = 16;

/** The size that a file states of itself is not believed: the page's is, which was checked. */
const COMPRESSORS = {
  ...compressors,
  ZSTD: (input: Uint8Array, length: number) => decompressZstd(input, new Uint8Array(length)),
};

/** A row: columns by name, as hyparquet gives them. */
export type ParquetRow = Record<string, unknown>;

/** One row group. */
export class RowGroup {
  /** Rows that are best read at a time. */
  readonly window: number;
  /** The first row, in the file. */
  readonly start: number;
  readonly rows: number;
  readonly #file: RandomAccess;
  readonly #metadata: FileMetaData;
  readonly #index: number;
  readonly #columns: readonly ParquetColumn[];
  #checked = false;
  /** Nested columns are read once, all of it. */
  #nested: ParquetRow[] | undefined;

  constructor(
    file: RandomAccess,
    metadata: FileMetaData,
    place: { index: number; start: number },
    columns: readonly ParquetColumn[],
  ) {
    this.#file = file;
    this.#metadata = metadata;
    this.#index = place.index;
    this.#columns = columns;
    this.start = place.start;
    this.rows = Number(metadata.row_groups[place.index]!.num_rows);
    const plain = this.#chunks().reduce((sum, c) => sum + Number(c.total_uncompressed_size), 0);
    const inWindow = Math.floor(ROW_WINDOW_BYTES * this.rows / Math.max(plain, 1));
    this.window = Math.max(MIN_WINDOW, Math.min(MAX_WINDOW, inWindow));
  }

  /**
   * Some rows, counted from the group's first. Fewer come if there are not so many.
   * @throws {Error} if the group is broken or too large.
   */
  async read(from: number, to: number): Promise<ParquetRow[]> {
    if (!this.#checked) await this.#check();
    this.#checked = true;
    const nested = this.#columns.filter(({ flat }) => !flat);
    if (nested.length > 0) this.#nested ??= await this.#readColumns(nested, 0, this.rows);
    const flat = this.#columns.filter(({ flat }) => flat);
    const rows = flat.length > 0 ? await this.#readColumns(flat, from, to) : [];
    if (this.#nested === undefined) return rows;
    return this.#nested.slice(from, to).map((row, i) => ({ ...rows[i], ...row }));
  }

  #chunks() {
    const names = new Set(this.#columns.map(({ name }) => name));
    return this.#metadata.row_groups[this.#index]!.columns.flatMap(({ meta_data: column }) =>
      column !== undefined && names.has(column.path_in_schema[0]!) ? [column] : []
    );
  }

  async #check(): Promise<void> {
    let bytes = 0;
    for (const column of this.#chunks()) {
      const { start, end } = chunkRange(column);
      bytes += end - start;
      if (!(bytes <= MAX_ROW_GROUP_BYTES)) {
        throw new Error(
          `its row groups are larger than ${MAX_ROW_GROUP_BYTES} bytes; ` +
            "write it with fewer rows in a group (pyarrow: row_group_size=1000)",
        );
      }
    }
    for (const column of this.#chunks()) await checkPages(this.#file, column);
  }

  async #readColumns(
    columns: readonly ParquetColumn[],
    from: number,
    to: number,
  ): Promise<ParquetRow[]> {
    return await parquetReadObjects({
      file: this.#file,
      metadata: this.#metadata,
      columns: columns.map(({ name }) => name),
      rowStart: this.start + from,
      rowEnd: this.start + to,
      compressors: COMPRESSORS,
      utf8: false,
    });
  }
}
