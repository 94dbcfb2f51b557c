/** CSV and TSV files with a header. */
import { ClipError } from "../../../errors.ts";
import { fileTrouble } from "../../../file_trouble.ts";
import type { InputRow } from "../../row.ts";
import type { InputFile } from "../files/input_file.ts";
import { textBytes } from "../files/text_bytes.ts";
import type { ImageReferences } from "../images/image_references.ts";
import type { InputOptions } from "../options.ts";
import { type Pass, type Source, sourceOfFile } from "../source.ts";
import { chooseColumns } from "./columns.ts";
import { type CsvRecord, readCsv } from "./csv_records.ts";
import { tableRow } from "./table_row.ts";

/** How a table is read. */
export interface CsvReading {
  /** What stands between fields; undefined for the one that the header shows. */
  delimiter: string | undefined;
  options: InputOptions;
  references: ImageReferences;
}

/**
 * A table. A key is the number of the line on which the row begins; blank lines are no rows.
 * @throws {ClipError} "config" if the file cannot be read, or has not the columns that are asked for.
 */
export async function csvSource(
  file: InputFile,
  reading: CsvReading,
  signal: AbortSignal,
): Promise<Source> {
  // The header of standard input is read with its rows.
  if (file.access !== undefined) await checkHeader(file, reading, signal);
  return sourceOfFile(file, {
    format: "csv",
    rows: (pass, signal) => csvRows(file, reading, pass, signal),
  });
}

async function checkHeader(
  file: InputFile,
  { delimiter, options }: CsvReading,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const records of csvRecords(file, delimiter, signal)) {
      const header = records.find((record) => !isBlank(record));
      if (header !== undefined) return void chooseColumns(header.fields, options, file.place);
    }
  } catch (thrown) {
    if (thrown instanceof ClipError) throw thrown;
    throw new ClipError("config", `Cannot read '${file.place}': ${fileTrouble(thrown)}`);
  }
  throw new ClipError(
    "config",
    `'${file.place}' is empty: the first line of a table names columns`,
  );
}

async function* csvRows(
  file: InputFile,
  { delimiter, options, references }: CsvReading,
  pass: Pass,
  signal: AbortSignal,
): AsyncGenerator<InputRow> {
  const images = { references, folder: file.folder, signal };
  let header: string[] | undefined;
  let columns = { text: options.text, image: options.image };
  for await (const records of csvRecords(file, delimiter, signal)) {
    for (const record of records) {
      if (isBlank(record)) continue;
      const { fields, line, suspect } = record;
      if (header === undefined) {
        header = fields;
        columns = chooseColumns(header, options, file.place);
        continue;
      }
      const key = `${file.label}:${line}`;
      if (!pass(key)) continue;
      const place = `${file.place}:${line}`;
      const fault = faultOf(fields, header.length, suspect);
      if (fault !== undefined) yield { key, place, reason: fault };
      else yield tableRow({ key, place, values: pairs(header, fields) }, columns, images);
    }
  }
}

async function* csvRecords(
  file: InputFile,
  delimiter: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<CsvRecord[]> {
  const chunks = textBytes(file, signal);
  try {
    const first = await chunks.next();
    if (first.done) return;
    yield* readCsv(followedBy(first.value, chunks), delimiter ?? delimiterIn(first.value));
  } finally {
    await chunks.return(undefined);
  }
}

async function* followedBy(
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/** A comma, unless the first line has none and has another that is usual. */
function delimiterIn(bytes: Uint8Array): string {
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, 1 << 16)).trimStart();
  const line = text.split(/[\r\n]/, 1)[0]!;
  return [",", "\t", ";"].find((letter) => line.includes(letter)) ?? ",";
}

/** An empty line: one field, with nothing in it. */
function isBlank({ fields }: CsvRecord): boolean {
  return fields.length === 0 || (fields.length === 1 && fields[0]!.trim() === "");
}

function faultOf(fields: string[], columns: number, suspect: boolean): string | undefined {
  if (fields.length !== columns) {
    return `The row has ${fields.length} fields, and the header names ${columns} columns`;
  }
  const isBroken = suspect && fields.some((field) => field.includes("\ufffd"));
  return isBroken ? "The row cannot be read: it is not UTF-8" : undefined;
}

function* pairs(header: string[], fields: string[]): Generator<[string, string]> {
  for (const [i, name] of header.entries()) yield [name, fields[i]!];
}
