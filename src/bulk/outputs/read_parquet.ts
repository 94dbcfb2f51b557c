/** The rows of a Parquet file that a job wrote, a row group at a time. */
import { parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import type { MetadataValue } from "../row.ts";
import { fileBuffer } from "./file_buffer.ts";

/** A row: values of its columns, and lists of numbers. */
export type ParquetRow = Record<string, MetadataValue | bigint | number[]>;

/**
 * Reads rows of some columns.
 * @param columns all if undefined.
 * @throws {Error} if it is no such file.
 */
export async function* readParquet(
  path: string,
  columns: string[] | undefined,
): AsyncGenerator<ParquetRow[]> {
  using file = await Deno.open(path);
  const buffer = fileBuffer(file, (await file.stat()).size);
  const metadata = await parquetMetadataAsync(buffer);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    yield await parquetReadObjects({
      file: buffer,
      metadata,
      rowStart,
      rowEnd,
      ...(columns === undefined ? {} : { columns }),
    }) as ParquetRow[];
    rowStart = rowEnd;
  }
}
