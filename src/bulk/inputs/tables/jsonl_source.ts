/** JSONL: an object on each line. */
import { ClipError } from "../../../errors.ts";
import { fileTrouble } from "../../../file_trouble.ts";
import type { InputRow } from "../../row.ts";
import { MAX_ROW_BYTES } from "../bounds.ts";
import type { InputFile } from "../files/input_file.ts";
import { type Line, LineFault, readLines } from "../files/lines.ts";
import { textBytes } from "../files/text_bytes.ts";
import type { ImageReferences } from "../images/image_references.ts";
import type { InputOptions } from "../options.ts";
import { type Pass, type Source, sourceOfFile } from "../source.ts";
import { chooseColumns, type Columns } from "./columns.ts";
import { tableRow } from "./table_row.ts";

/**
 * A file of JSON lines, whose first object says which columns there are. Keys are numbers of lines;
 * empty lines are no rows.
 * @throws {ClipError} "config" if the file cannot be read, or has not the columns that are asked for.
 */
export async function jsonlSource(
  file: InputFile,
  options: InputOptions,
  references: ImageReferences,
  signal: AbortSignal,
): Promise<Source> {
  if (file.access !== undefined) await checkColumns(file, options, signal);
  return sourceOfFile(file, {
    format: "jsonl",
    rows: (pass, signal) => jsonlRows(file, options, references, pass, signal),
  });
}

/** Only the first piece is looked at: a file whose first lines are all broken is found out later. */
async function checkColumns(
  file: InputFile,
  options: InputOptions,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const lines of readLines(textBytes(file, signal), MAX_ROW_BYTES)) {
      const first = lines.map(parse).find((value) => value !== undefined && !isFault(value));
      if (first !== undefined) chooseColumns(Object.keys(first), options, file.place);
      return;
    }
  } catch (thrown) {
    if (thrown instanceof ClipError) throw thrown;
    throw new ClipError("config", `Cannot read '${file.place}': ${fileTrouble(thrown)}`);
  }
}

async function* jsonlRows(
  file: InputFile,
  options: InputOptions,
  references: ImageReferences,
  pass: Pass,
  signal: AbortSignal,
): AsyncGenerator<InputRow> {
  const images = { references, folder: file.folder, signal };
  let columns: Columns | undefined;
  let number = 0;
  for await (const lines of readLines(textBytes(file, signal), MAX_ROW_BYTES)) {
    for (const line of lines) {
      number++;
      if (typeof line === "string" && line.trim() === "") continue;
      const key = `${file.label}:${number}`;
      const place = `${file.place}:${number}`;
      // The columns are those of the first object, whoever's row it is.
      if (columns === undefined || pass(key)) {
        const value = parse(line)!;
        if (columns === undefined) {
          if (!isFault(value)) columns = chooseColumns(Object.keys(value), options, file.place);
          if (!pass(key)) continue;
        }
        if (isFault(value)) yield { key, place, reason: `The line is not read: ${value.reason}` };
        else yield tableRow({ key, place, values: Object.entries(value) }, columns!, images);
      }
    }
  }
}

/** Undefined for an empty line. */
function parse(line: Line): Record<string, unknown> | LineFault | undefined {
  if (isFault(line)) return line;
  if (line.trim() === "") return undefined;
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
    return new LineFault("it is JSON, but no object");
  } catch (thrown) {
    return new LineFault(`it is no JSON: ${(thrown as Error).message.slice(0, 200)}`);
  }
}

function isFault(value: unknown): value is LineFault {
  return value instanceof LineFault;
}
