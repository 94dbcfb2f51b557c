/** Rows of one row group, a window of them at a time. */
import { type FileMetaData, parquetReadObjects, snappyUncompress } from "hyparquet";
import { compressors, decompressZstd } from "hyparquet-compressors";
import { MAX_ROW_GROUP_BYTES, ROW_WINDOW_BYTES } from "../bounds.ts";
import type { ParquetColumn } from "./metadata.ts";
import { checkPages, type PageLocation } from "./page_check.ts";
import type { RandomAccess } from "../places/random_access.ts";

/** The most rows of a window: more save no time. */
const MAX_WINDOW = 16_384;
const MIN_WINDOW = 16;
/** The most that it is stretched to, to end with a page. */
const MAX_STRETCHED = 4 * MAX_WINDOW;

/** The largest page that is unpacked in WebAssembly, bytes. */
const MAX_WASM_PAGE = 4 << 20;

/** The size that a file states of itself is not believed: the page's is, which was checked. */
const COMPRESSORS = {
  ...compressors,
  // The faster one is WebAssembly, whose memory never shrinks: not for pages of images.
  SNAPPY: (input: Uint8Array, length: number) => {
    if (length <= MAX_WASM_PAGE) return compressors.SNAPPY!(input, length);
    const output = new Uint8Array(length);
    snappyUncompress(input, output);
    return output;
  },
  // A page of nulls only is packed into one byte, which the library takes for a broken one.
  LZ4: (input: Uint8Array, length: number) =>
    length === 0 ? new Uint8Array() : compressors.LZ4!(input, length),
  LZ4_RAW: (input: Uint8Array, length: number) =>
    length === 0 ? new Uint8Array() : compressors.LZ4_RAW!(input, length),
  ZSTD: (input: Uint8Array, length: number) => decompressZstd(input, new Uint8Array(length)),
};

/** An option of hyparquet 1.33 that its types do not tell of. */
interface PagesByGroup {
  pageLocationsByGroup: (Record<string, PageLocation[]> | undefined)[];
}

/** A row: columns by name, as hyparquet gives them. */
export type ParquetRow = Record<string, unknown>;

/** One row group. */
export class RowGroup {
  readonly #window: number;
  /** The first row, in the file. */
  readonly start: number;
  readonly rows: number;
  readonly #file: RandomAccess;
  readonly #metadata: FileMetaData;
  readonly #index: number;
  readonly #columns: readonly ParquetColumn[];
  /** Of each column its pages, by its path; undefined until the first read. */
  #pages: Record<string, PageLocation[]> | undefined;
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
    this.#window = Math.max(MIN_WINDOW, Math.min(MAX_WINDOW, inWindow));
  }

  /** Looks at the pages. @throws {Error} if the group is broken or too large. */
  async prepare(): Promise<void> {
    this.#pages ??= await this.#check();
  }

  /**
   * Where the rows end that are best read together with the one at `from`. Of a group that is prepared
   * they end with a page of its largest column: a page of images is unpacked once then.
   */
  windowEnd(from: number): number {
    const end = Math.min(this.rows, from + this.#window);
    const pageEnd = this.#pageStarts().find((row) => row >= end) ?? this.rows;
    return this.#pages === undefined || pageEnd - from > MAX_STRETCHED ? end : pageEnd;
  }

  #pageStarts(): number[] {
    const flat = new Set(this.#columns.filter(({ flat }) => flat).map(({ name }) => name));
    const bySize = this.#chunks().filter(({ path_in_schema: path }) => flat.has(path[0]!))
      .sort((a, b) => Number(b.total_uncompressed_size - a.total_uncompressed_size));
    const pages = this.#pages?.[bySize[0]?.path_in_schema[0] ?? ""] ?? [];
    return pages.map((page) => Number(page.first_row_index));
  }

  /**
   * Some rows of a prepared group, counted from its first. Fewer come if there are not so many.
   * @throws {Error} if the group is broken.
   */
  async read(from: number, to: number): Promise<ParquetRow[]> {
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

  async #check(): Promise<Record<string, PageLocation[]>> {
    const nested = new Set(this.#columns.flatMap(({ name, flat }) => flat ? [] : [name]));
    const pages: [string, PageLocation[]][] = [];
    let bytes = 0;
    for (const column of this.#chunks()) {
      const path = column.path_in_schema;
      if (nested.has(path[0]!)) bytes += Number(column.total_uncompressed_size);
      if (!(bytes <= MAX_ROW_GROUP_BYTES)) {
        throw new Error(
          `its nested columns take more than ${MAX_ROW_GROUP_BYTES} bytes; ` +
            "write it with fewer rows in a group (pyarrow: row_group_size=1000)",
        );
      }
      pages.push([path.join("."), await checkPages(this.#file, column)]);
    }
    return Object.fromEntries(pages);
  }

  async #readColumns(
    columns: readonly ParquetColumn[],
    from: number,
    to: number,
  ): Promise<ParquetRow[]> {
    const options: Parameters<typeof parquetReadObjects>[0] & PagesByGroup = {
      file: this.#file,
      metadata: this.#metadata,
      columns: columns.map(({ name }) => name),
      rowStart: this.start + from,
      rowEnd: this.start + to,
      compressors: COMPRESSORS,
      utf8: false,
      // Of flat columns only the pages with these rows are read.
      pageLocationsByGroup: this.#metadata.row_groups.map((_, i) =>
        i === this.#index && columns.every(({ flat }) => flat) ? this.#pages : undefined
      ),
    };
    return await parquetReadObjects(options);
  }
}
