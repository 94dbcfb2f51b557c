/** What a Parquet file says of itself, looked at before it is believed. */
import { ClipError } from "../../../errors.ts";
import { type FileMetaData, parquetMetadataAsync, parquetSchema, type SchemaTree } from "hyparquet";
import { MAX_FOOTER_BYTES, MAX_ROWS_BEYOND_BYTES, MAX_ROWS_PER_BYTE } from "../bounds.ts";
import type { RandomAccess } from "../places/random_access.ts";

/** The end of a file: the length of its footer, and `PAR1`. */
const END_BYTES = 8;

/**
 * The footer.
 * @throws {Error} if the file is no Parquet, or its footer is broken or tells what cannot be.
 */
export async function readMetadata(file: RandomAccess): Promise<FileMetaData> {
  if (file.byteLength < END_BYTES) throw new Error("it is too short for a Parquet file");
  const end = new DataView(await file.slice(file.byteLength - END_BYTES, file.byteLength));
  if (end.getUint32(4, true) !== PAR1) throw new Error("it is cut short, or no Parquet file");
  if (end.getUint32(0, true) > MAX_FOOTER_BYTES) {
    throw new Error(`its footer is larger than ${MAX_FOOTER_BYTES} bytes`);
  }
  try {
    const metadata = await parquetMetadataAsync(file, { geoparquet: false });
    // It is read to find what is wrong with it.
    parquetSchema(metadata);
    checkRows(metadata, file.byteLength);
    return metadata;
  } catch (thrown) {
    if (thrown instanceof ClipError) throw thrown;
    // What hyparquet stumbles over says nothing to people.
    const isClear = thrown instanceof Error && thrown.name === "Error";
    throw new Error(`its footer is broken${isClear ? ` (${thrown.message})` : ""}`);
  }
}

/** `PAR1`, little-endian. */
const PAR1 = 0x31524150;

function checkRows({ row_groups: groups }: FileMetaData, bytes: number): void {
  let rows = 0;
  for (const group of groups) {
    const here = Number(group.num_rows);
    if (!Number.isSafeInteger(here) || here < 0) throw new Error(`a row group of ${here} rows`);
    rows += here;
  }
  if (rows > MAX_ROWS_BEYOND_BYTES + MAX_ROWS_PER_BYTE * bytes) {
    throw new Error(`${rows} rows in ${bytes} bytes`);
  }
}

/** A column. */
export interface ParquetColumn {
  name: string;
  /** One value in each row: its pages can be read apart. */
  flat: boolean;
  /** Bytes that are no text. */
  binary: boolean;
}

/** The columns, in their order. */
export function columnsOf(metadata: FileMetaData): ParquetColumn[] {
  return parquetSchema(metadata).children.map((column) => ({
    name: column.element.name,
    flat: column.children.length === 0 && column.element.repetition_type !== "REPEATED",
    binary: isBinary(column),
  }));
}

function isBinary({ element, children }: SchemaTree): boolean {
  const { type, converted_type: converted, logical_type: logical } = element;
  return children.length === 0 && (type === "BYTE_ARRAY" || type === "FIXED_LEN_BYTE_ARRAY") &&
    converted === undefined && logical === undefined;
}
