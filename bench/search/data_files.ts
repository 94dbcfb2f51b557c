/** The bench's vectors as files, made once: raw float32 rows, that every contestant reads in slices. */
import { join } from "node:path";
import { BLOCK, type Block, DIMENSIONS, Mixture } from "./mixture.ts";

const ROW_BYTES = DIMENSIONS * Float32Array.BYTES_PER_ELEMENT;

/** Queries that there are. */
export const QUERIES = 1000;

/** Where the vectors lie. A file that is longer than what is wanted is used as far as it is wanted. */
export interface DataFiles {
  /** float32 `[documents, DIMENSIONS]`. */
  documents: string;
  /** uint32 `[documents]`: the cluster of each. */
  centres: string;
  /** float32 `[QUERIES, DIMENSIONS]`. */
  queries: string;
  /** uint32 `[QUERIES]`. */
  queryCentres: string;
}

/**
 * Finds the files of earlier runs below `folder`, and goes on where they end.
 * @param count documents; a multiple of `BLOCK`
 */
export async function dataFiles(
  folder: string,
  count: number,
  log: (text: string) => void,
): Promise<DataFiles> {
  await Deno.mkdir(folder, { recursive: true });
  const files: DataFiles = {
    documents: join(folder, "documents.f32"),
    centres: join(folder, "centres.u32"),
    queries: join(folder, "queries.f32"),
    queryCentres: join(folder, "query-centres.u32"),
  };
  const mixture = new Mixture();
  await extend(files.queries, files.queryCentres, QUERIES, (block) => mixture.queries(block));
  await extend(files.documents, files.centres, count, (block) => {
    if (block % 100 === 0) log(`Making vectors: ${block * BLOCK} of ${count}`);
    return mixture.documents(block);
  });
  return files;
}

async function extend(
  vectors: string,
  centres: string,
  count: number,
  make: (block: number) => Block,
): Promise<void> {
  using rows = await Deno.open(vectors, { read: true, write: true, create: true });
  using clusters = await Deno.open(centres, { read: true, write: true, create: true });
  // The vectors are written last: as many as there are of them are whole.
  const blocks = Math.floor((await rows.stat()).size / (BLOCK * ROW_BYTES));
  await rows.seek(blocks * BLOCK * ROW_BYTES, Deno.SeekMode.Start);
  await clusters.seek(blocks * BLOCK * 4, Deno.SeekMode.Start);
  for (let block = blocks; block * BLOCK < count; block++) {
    const made = make(block);
    await writeAll(clusters, made.centres);
    await writeAll(rows, made.vectors);
  }
}

async function writeAll(file: Deno.FsFile, values: ArrayBufferView): Promise<void> {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

/** Rows of a file of vectors. */
export class VectorFile {
  readonly #file: Deno.FsFile;

  constructor(path: string) {
    this.#file = Deno.openSync(path);
  }

  /** @throws {Error} if the file ends before. */
  rows(from: number, count: number): Float32Array[] {
    const values = new Float32Array(count * DIMENSIONS);
    const bytes = new Uint8Array(values.buffer);
    this.#file.seekSync(from * ROW_BYTES, Deno.SeekMode.Start);
    for (let at = 0; at < bytes.length;) {
      const read = this.#file.readSync(bytes.subarray(at));
      if (read === null) throw new Error(`There are no ${from + count} vectors`);
      at += read;
    }
    return Array.from(
      { length: count },
      (_, row) => values.subarray(row * DIMENSIONS, (row + 1) * DIMENSIONS),
    );
  }
}
