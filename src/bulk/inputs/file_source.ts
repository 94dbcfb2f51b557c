/** The source of a file's rows, by its format. */
import { ClipError } from "../../errors.ts";
import type { InputFile } from "./files/input_file.ts";
import type { ImageReferences } from "./images/image_references.ts";
import type { InputFormat, InputOptions } from "./options.ts";
import { type ParquetFile, parquetSource } from "./parquet/parquet_source.ts";
import type { Source } from "./source.ts";
import { csvSource } from "./tables/csv_source.ts";
import { jsonlSource } from "./tables/jsonl_source.ts";
import { tarSource } from "./tar/tar_source.ts";
import { textSource } from "./text_source.ts";

/** How files are read. */
export interface Reading {
  options: InputOptions;
  references: ImageReferences;
  signal: AbortSignal;
}

/**
 * Opens a file that has rows in it.
 * @throws {ClipError} "config" if it cannot be read, or has not the columns that are asked for.
 */
export async function fileSource(
  file: InputFile,
  format: Exclude<InputFormat, "images">,
  { options, references, signal }: Reading,
): Promise<Source> {
  switch (format) {
    case "text":
      return textSource(file);
    case "csv":
    case "tsv": {
      const delimiter = format === "tsv" ? "\t" : undefined;
      return await csvSource(file, { delimiter, options, references }, signal);
    }
    case "jsonl":
      return await jsonlSource(file, options, references, signal);
    case "parquet":
      return await parquetSource(withAccess(file), options, references, signal);
    case "tar":
      return await tarSource(file, options, references, signal);
  }
}

function withAccess(file: InputFile): ParquetFile {
  // It is read here and there, by no stream of its bytes that could be counted.
  const { access, read: _, ...rest } = file;
  if (access !== undefined) return { ...rest, access };
  throw new ClipError("config", "Parquet is read from files only, not from standard input");
}
