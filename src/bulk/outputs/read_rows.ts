/** The rows of parts that a job finished, read back from any format. */
import { join } from "node:path";
import { ClipError } from "../../errors.ts";
import type { MetadataValue } from "../row.ts";
import { type OutputFormat, partFiles } from "./formats.ts";
import { readLines } from "./lines.ts";
import { embeddingName } from "./names.ts";
import { BYTES_OF, type Dtype, NPY_HEADER_BYTES, readNpyHeader } from "./npy.ts";
import { MatrixReader, readPart, type Tower } from "./part.ts";
import { type ParquetRow, readParquet } from "./read_parquet.ts";
import { readRowLine, type StoredRow } from "./stored_row.ts";
import { vectorsOf } from "./vector_bytes.ts";

/** Which part it is, and what is in it. */
export interface PartDescription {
  format: OutputFormat;
  towers: readonly Tower[];
  number: number;
  dimensions: number;
  dtype: Dtype;
}

/** A part that is read back from a folder. */
export interface FinishedPart extends PartDescription {
  folder: string;
}

/** Some rows of it. */
export interface ReadRows {
  rows: StoredRow[];
  /** Of each tower the embeddings of these rows, one after the other. */
  vectors: Float32Array[];
}

/** Lines with embeddings that are held at a time. */
const JSONL_ROWS = 1_000;

/** Reads a part from its beginning. @throws {ClipError} "invalid" if it is not what a job wrote. */
export async function* readRows(part: FinishedPart): AsyncGenerator<ReadRows> {
  const { matrices, rows, made } = partFiles(part.format, part.towers, part.number);
  const path = (name: string) => join(part.folder, name);
  const paths = matrices.filter((name) => name !== undefined).map(path);
  for (const matrix of paths) await checkMatrix(part, matrix);
  switch (part.format) {
    case "npy": {
      const files = paths.map((path, i) => ({ path, tower: part.towers[i]! }));
      const { dimensions, dtype } = part;
      const chunks = readPart({ rowsPath: path(rows!), matrices: files, dimensions, dtype });
      for await (const { lines, vectors } of chunks) {
        yield {
          rows: lines.map(readRowLine),
          vectors: vectors.map((bytes) => vectorsOf(bytes, dtype)),
        };
      }
      return;
    }
    case "clip-retrieval":
      return yield* readClipRetrieval(part, paths, path(made!.path));
    case "parquet":
      return yield* readTable(part, path(made!.path));
    case "jsonl":
      return yield* readJsonl(part, path(made!.path));
  }
}

/** The one file in which the ids of a part's rows are. */
export function idsPath({ format, towers, number }: PartDescription): string {
  const { rows, made } = partFiles(format, towers, number);
  return rows ?? made!.path;
}

/** The ids of a part's rows alone. @throws {ClipError} "invalid" */
export async function* readIds(part: FinishedPart): AsyncGenerator<string[]> {
  const path = join(part.folder, idsPath(part));
  if (part.format === "npy" || part.format === "jsonl") {
    for await (const lines of readLines(path, JSONL_ROWS)) {
      yield lines.map((line) => readRowLine(line).id);
    }
    return;
  }
  const column = part.format === "parquet" ? "id" : "key";
  for await (const group of readParquet(path, [column])) {
    yield group.map((row) => row[column] as string);
  }
}

/** Matrices, and beside them a table. */
async function* readClipRetrieval(
  part: FinishedPart,
  paths: readonly string[],
  tablePath: string,
): AsyncGenerator<ReadRows> {
  const readers: MatrixReader[] = [];
  const rowBytes = part.dimensions * BYTES_OF[part.dtype];
  const images = part.towers.includes("image");
  try {
    for (const path of paths) readers.push(await MatrixReader.open(path, rowBytes));
    for await (const group of readParquet(tablePath, undefined)) {
      const vectors: Float32Array[] = [];
      for (const reader of readers) {
        vectors.push(vectorsOf(await reader.next(group.length), part.dtype));
      }
      const rows = group.map(({ key, caption = null, ...others }) => {
        const { image_path, ...rest } = others;
        return storedAgain(key, images ? image_path : null, caption, images ? rest : others);
      });
      yield { rows, vectors };
    }
  } finally {
    for (const reader of readers) reader.close();
  }
}

/** A table with lists of numbers. */
async function* readTable(part: FinishedPart, path: string): AsyncGenerator<ReadRows> {
  const names = part.towers.map(embeddingName);
  for await (const group of readParquet(path, undefined)) {
    const vectors = names.map((name) => {
      const numbers = new Float32Array(group.length * part.dimensions);
      for (const [i, row] of group.entries()) {
        numbers.set(row[name] as number[], i * part.dimensions);
      }
      return numbers;
    });
    const rows = group.map(({ id, place, text, ...metadata }) => {
      for (const name of names) delete metadata[name];
      return storedAgain(id, place, text, metadata);
    });
    yield { rows, vectors };
  }
}

/** A row as it was before it became one of a table; whole numbers were numbers. */
function storedAgain(
  id: ParquetRow[string] | undefined,
  place: ParquetRow[string] | undefined,
  text: ParquetRow[string] | undefined,
  columns: ParquetRow,
): StoredRow {
  const metadata = Object.fromEntries(
    Object.entries(columns).map(([name, value]) => [
      name,
      typeof value === "bigint" ? Number(value) : value as MetadataValue,
    ]),
  );
  return {
    id: id as string,
    ...(typeof place === "string" ? { place } : {}),
    ...(typeof text === "string" ? { text } : {}),
    metadata,
  };
}

/** Lines with the embeddings in them. */
async function* readJsonl(part: FinishedPart, path: string): AsyncGenerator<ReadRows> {
  const names = part.towers.map(embeddingName);
  for await (const lines of readLines(path, JSONL_ROWS)) {
    const vectors = names.map(() => new Float32Array(lines.length * part.dimensions));
    const rows = lines.map((line, i) => {
      const row = JSON.parse(line) as StoredRow & Record<string, number[]>;
      for (const [tower, name] of names.entries()) {
        vectors[tower]!.set(row[name]!, i * part.dimensions);
        delete row[name];
      }
      return row;
    });
    yield { rows, vectors };
  }
}

/** @throws {ClipError} "invalid" if a matrix is not as its job says. */
async function checkMatrix(part: FinishedPart, path: string): Promise<void> {
  using file = await Deno.open(path);
  const header = new Uint8Array(NPY_HEADER_BYTES);
  await file.read(header);
  const { rows, columns, dtype } = readNpyHeader(header, `"${path}"`);
  const size = NPY_HEADER_BYTES + rows * columns * BYTES_OF[dtype];
  const there = (await file.stat()).size;
  if (columns === part.dimensions && dtype === part.dtype && size === there) return;
  throw new ClipError(
    "invalid",
    `"${path}" is not what its job wrote: ${rows} x ${columns} of ${dtype}, ${there} bytes`,
  );
}
