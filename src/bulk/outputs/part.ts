/** A part of a job's output: so many rows, and what was computed of them, as the spool has it. */
import { ClipError } from "../../errors.ts";
import { BYTES_OF, type Dtype, NPY_HEADER_BYTES } from "./npy.ts";
import type { ColumnKinds } from "./columns.ts";
import { type Line, readLines } from "./lines.ts";

/** What a matrix holds the embeddings of; "any": of each row its image, or its text. */
export type Tower = "any" | "image" | "text";

/** A part that is complete, as files that are read to write it in another form. */
export interface Part {
  /** A line of JSON for each row (`StoredRow`). */
  rowsPath: string;
  /** Of each tower a matrix `[rows, dimensions]`, an `.npy` file. */
  matrices: readonly { tower: Tower; path: string }[];
  rows: number;
  dimensions: number;
  dtype: Dtype;
  /** Columns of the rows' metadata. */
  columns: ColumnKinds;
  /** Whether any row has a text. */
  texts: boolean;
}

/** Some rows of a part. */
export interface Chunk {
  lines: Line[];
  /** Of each matrix the bytes of these rows, valid until the next chunk is asked for. */
  vectors: Uint8Array[];
}

/** Bytes of embeddings that are read at a time, of all towers. */
const CHUNK_BYTES = 8 << 20;

/** Rows that are read at a time at most. */
const CHUNK_ROWS = 20_000;

/** Reads a part from its beginning, some thousand rows at a time. */
export async function* readPart(
  part: Pick<Part, "rowsPath" | "matrices" | "dimensions" | "dtype">,
): AsyncGenerator<Chunk> {
  const { rowsPath, matrices } = part;
  const rowBytes = part.dimensions * BYTES_OF[part.dtype];
  const fitting = Math.floor(CHUNK_BYTES / Math.max(1, rowBytes * matrices.length));
  const size = Math.max(1, Math.min(CHUNK_ROWS, fitting));
  const readers: MatrixReader[] = [];
  try {
    for (const { path } of matrices) readers.push(await MatrixReader.open(path, rowBytes));
    for await (const lines of readLines(rowsPath, size)) {
      const vectors: Uint8Array[] = [];
      for (const reader of readers) vectors.push(await reader.next(lines.length));
      yield { lines, vectors };
    }
  } finally {
    for (const reader of readers) reader.close();
  }
}

/** Reads the rows of a matrix one after the other. */
export class MatrixReader {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #rowBytes: number;
  #buffer = new Uint8Array(0);

  private constructor(path: string, file: Deno.FsFile, rowBytes: number) {
    this.#path = path;
    this.#file = file;
    this.#rowBytes = rowBytes;
  }

  /** Opens a matrix at its first row. */
  static async open(path: string, rowBytes: number): Promise<MatrixReader> {
    const file = await Deno.open(path);
    await file.seek(NPY_HEADER_BYTES, Deno.SeekMode.Start);
    return new MatrixReader(path, file, rowBytes);
  }

  /** The next rows, valid until more are asked for. @throws {ClipError} "invalid" if there are fewer. */
  async next(rows: number): Promise<Uint8Array> {
    const length = rows * this.#rowBytes;
    if (this.#buffer.length < length) this.#buffer = new Uint8Array(length);
    const bytes = this.#buffer.subarray(0, length);
    for (let at = 0; at < length;) {
      const read = await this.#file.read(bytes.subarray(at));
      if (read === null) throw new ClipError("invalid", `"${this.#path}" ends too early`);
      at += read;
    }
    return bytes;
  }

  close(): void {
    this.#file.close();
  }
}
