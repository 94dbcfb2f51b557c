/**
 * Writes a job's rows, part by part. The part being written lies in a spool: the matrices as numbers
 * in the form asked for, and a line of JSON for each row. When a part is complete it becomes the
 * files of its format, each of which is there as a whole or not at all.
 *
 * What is written can be cut back to where `position` was at any `sync` since the part began; a part
 * that was being finished when the process died is finished again.
 */
import { dirname, join } from "node:path";
import { type ColumnKinds, Columns } from "./columns.ts";
import { type OutputFormat, type PartFiles, partFiles, partPaths } from "./formats.ts";
import { BYTES_OF, type Dtype, NPY_HEADER_BYTES, npyHeader } from "./npy.ts";
import type { Part, Tower } from "./part.ts";
import { SpoolFile } from "./spool_file.ts";
import { rowLine, type StoredRow } from "./stored_row.ts";
import { isThere, onDisk } from "./trouble.ts";
import { vectorBytes } from "./vector_bytes.ts";
import { syncNames, writeWhole } from "./whole_file.ts";

/** Where the writing is. */
export interface PartPosition {
  /** Parts that are finished. */
  parts: number;
  /** Rows of the part being written. */
  rows: number;
  /** Bytes of their lines. */
  rowsBytes: number;
  columns: ColumnKinds;
  texts: boolean;
}

/** The beginning of a job. */
export const FIRST_POSITION: PartPosition = {
  parts: 0,
  rows: 0,
  rowsBytes: 0,
  columns: {},
  texts: false,
};

/** What is written, and where. */
export interface PartWriterOptions {
  /** The job's folder. */
  folder: string;
  /** A folder in it, on the same file system, for the spool. */
  spoolFolder: string;
  format: OutputFormat;
  dtype: Dtype;
  towers: readonly Tower[];
  dimensions: number;
  rowsPerFile: number;
}

/** Writes rows. */
export class PartWriter {
  readonly #options: PartWriterOptions;
  readonly #rowsFile: SpoolFile;
  readonly #matrices: SpoolFile[];
  readonly #columns: Columns;
  readonly #parts: number;
  #texts: boolean;
  #rows: number;

  private constructor(
    options: PartWriterOptions,
    rowsFile: SpoolFile,
    matrices: SpoolFile[],
    position: PartPosition,
  ) {
    this.#options = options;
    this.#rowsFile = rowsFile;
    this.#matrices = matrices;
    this.#columns = new Columns(position.columns);
    this.#texts = position.texts;
    this.#parts = position.parts;
    this.#rows = position.rows;
  }

  /**
   * Goes on at a position, and cuts away what is behind it.
   * @throws {ClipError} "backend" if less is there, or it cannot be written.
   */
  static async open(options: PartWriterOptions, position: PartPosition): Promise<PartWriter> {
    const { spoolFolder, folder, format, towers, dimensions, dtype } = options;
    const files = partFiles(format, towers, position.parts);
    if (position.rows > 0) await takeBack(options, files);
    const rowsFile = await SpoolFile.open(join(spoolFolder, ROWS_NAME), position.rowsBytes);
    const matrices: SpoolFile[] = [];
    try {
      for (const i of towers.keys()) {
        const length = position.rows === 0 ? 0 : matrixBytes(position.rows, dimensions, dtype);
        const matrix = await SpoolFile.open(join(spoolFolder, matrixName(i)), length);
        matrices.push(matrix);
        if (length === 0) await matrix.append(new Uint8Array(NPY_HEADER_BYTES));
      }
      for (const path of partPaths(files)) {
        const parent = dirname(join(folder, path));
        await onDisk(parent, () => Deno.mkdir(parent, { recursive: true }));
      }
    } catch (error) {
      for (const file of [rowsFile, ...matrices]) file.close();
      throw error;
    }
    return new PartWriter(options, rowsFile, matrices, position);
  }

  /** Where the writing is; it can go on here after `sync`. */
  get position(): PartPosition {
    return {
      parts: this.#parts,
      rows: this.#rows,
      rowsBytes: this.#rowsFile.length,
      columns: this.#columns.kinds(),
      texts: this.#texts,
    };
  }

  /** Whether the part has all its rows: `finishPart` comes next. */
  get full(): boolean {
    return this.#rows >= this.#options.rowsPerFile;
  }

  /**
   * Appends a row.
   * @param vectors an embedding for each tower.
   * @throws {ClipError} "backend" if it cannot be written, "invalid" if it does not fit the format.
   */
  append(row: StoredRow, vectors: readonly Float32Array[]): Promise<unknown> | undefined {
    const { format, dtype } = this.#options;
    if (row.metadata !== undefined && COLUMNAR.has(format)) this.#columns.see(row.metadata);
    this.#texts ||= row.text !== undefined;
    this.#rows++;
    const writing: Promise<void>[] = [];
    const line = this.#rowsFile.append(rowLine(row));
    if (line !== undefined) writing.push(line);
    for (const [i, vector] of vectors.entries()) {
      const numbers = this.#matrices[i]!.append(vectorBytes(vector, dtype));
      if (numbers !== undefined) writing.push(numbers);
    }
    return writing.length === 0 ? undefined : Promise.all(writing);
  }

  /** Resolves when all rows are on the disk. @throws {ClipError} "backend" */
  async sync(): Promise<void> {
    await Promise.all([this.#rowsFile, ...this.#matrices].map((file) => file.sync()));
  }

  /**
   * Makes the files of the part that is being written, and closes the spool. It is called when the
   * position is noted; until the one that it answers is noted too, it may have to be done again.
   *
   * @returns where the next part begins: `open` goes on there.
   * @throws {ClipError} "backend"
   */
  async finishPart(): Promise<PartPosition> {
    const { folder, format, towers, dimensions, dtype } = this.#options;
    const files = partFiles(format, towers, this.#parts);
    for (const matrix of this.#matrices) {
      await matrix.overwriteStart(npyHeader(dtype, this.#rows, dimensions));
    }
    await this.sync();
    const { made } = files;
    if (made !== undefined) {
      const part: Part = {
        rowsPath: this.#rowsFile.path,
        matrices: this.#matrices.map(({ path }, i) => ({ path, tower: towers[i]! })),
        rows: this.#rows,
        dimensions,
        dtype,
        columns: this.#columns.kinds(),
        texts: this.#texts,
      };
      await writeWhole(join(folder, made.path), (file) => made.write(part, file));
    }
    this.close();
    for (const [from, to] of moves(this.#options, files)) {
      await onDisk(to, () => Deno.rename(from, to));
    }
    for (const path of partPaths(files)) await syncNames(join(folder, path));
    return { ...this.position, parts: this.#parts + 1, rows: 0, rowsBytes: 0 };
  }

  /** Closes the spool, which stays. */
  close(): void {
    for (const file of [this.#rowsFile, ...this.#matrices]) file.close();
  }
}

const COLUMNAR: ReadonlySet<OutputFormat> = new Set(["parquet", "clip-retrieval"]);

const ROWS_NAME = "rows.part";

function matrixName(index: number): string {
  return `matrix_${index}.part`;
}

function matrixBytes(rows: number, dimensions: number, dtype: Dtype): number {
  return NPY_HEADER_BYTES + rows * dimensions * BYTES_OF[dtype];
}

/** What of the spool becomes a file of the part as it is: from where, to where. */
function moves(
  { folder, spoolFolder }: PartWriterOptions,
  { matrices, rows }: PartFiles,
): [from: string, to: string][] {
  const names: [string, string | undefined][] = [
    ...matrices.map((path, i): [string, string | undefined] => [matrixName(i), path]),
    [ROWS_NAME, rows],
  ];
  return names.flatMap(([name, path]) =>
    path === undefined ? [] : [[join(spoolFolder, name), join(folder, path)]]
  );
}

/** Undoes what a process moved that died before the part was finished. */
async function takeBack(options: PartWriterOptions, files: PartFiles): Promise<void> {
  for (const [from, to] of moves(options, files)) {
    await onDisk(to, async () => {
      if (!await isThere(from) && await isThere(to)) await Deno.rename(to, from);
    });
  }
}
