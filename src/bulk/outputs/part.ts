/** A part of a job's output: so many rows, and what was computed of them, as the spool has it. */
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
  part: Pick<Part, "rowsPath" | "matrices" | "rows" | "dimensions" | "dtype">,
): AsyncGenerator<Chunk> {
  const rowBytes = part.dimensions * BYTES_OF[part.dtype];
  const fitting = Math.floor(CHUNK_BYTES / Math.max(1, rowBytes * part.matrices.length));
  const size = Math.max(1, Math.min(CHUNK_ROWS, fitting));
  const files: Deno.FsFile[] = [];
  try {
    for (const { path } of part.matrices) {
      const file = await Deno.open(path);
      files.push(file);
      await file.seek(NPY_HEADER_BYTES, Deno.SeekMode.Start);
    }
    const buffers = files.map(() => new Uint8Array(size * rowBytes));
    for await (const lines of readLines(part.rowsPath, size)) {
      const vectors = buffers.map((buffer) => buffer.subarray(0, lines.length * rowBytes));
      for (const [i, bytes] of vectors.entries()) {
        await readFull(files[i]!, bytes, part.matrices[i]!.path);
      }
      yield { lines, vectors };
    }
  } finally {
    for (const file of files) file.close();
  }
}

async function readFull(file: Deno.FsFile, bytes: Uint8Array, path: string): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const read = await file.read(bytes.subarray(at));
    if (read === null) throw new Error(`"${path}" ends too early`);
    at += read;
  }
}
