/** Parquet files, row group by row group. */
import { ClipError } from "../../../errors.ts";
import { fileTrouble } from "../../../file_trouble.ts";
import type { InputRow } from "../../row.ts";
import type { InputFile } from "../files/input_file.ts";
import type { ImageReferences } from "../images/image_references.ts";
import type { InputOptions } from "../options.ts";
import { type Pass, type Source, sourceOfFile } from "../source.ts";
import { chooseColumns } from "../tables/columns.ts";
import { tableRow } from "../tables/table_row.ts";
import { columnsOf, readMetadata } from "./metadata.ts";
import { type ParquetRow, RowGroup } from "./row_group.ts";

/** A file that is read anywhere in it. */
export type ParquetFile = InputFile & Required<Pick<InputFile, "access">>;

/**
 * A Parquet file. A key is the number of the row, from 1. Every row that the file states is given: of
 * what cannot be read each is bad, so that a job which goes on can pass over groups unread.
 * @throws {ClipError} "config" if it has not the columns that are asked for.
 */
export async function parquetSource(
  file: ParquetFile,
  options: InputOptions,
  references: ImageReferences,
  signal: AbortSignal,
): Promise<Source> {
  return sourceOfFile(file, {
    format: "parquet",
    container: true,
    count: await countRows(file, options, signal),
    rows: (pass, signal) => parquetRows(file, options, references, pass, signal),
  });
}

/** Undefined for a broken file: that is said when its rows are read. */
async function countRows(
  file: ParquetFile,
  options: InputOptions,
  signal: AbortSignal,
): Promise<number | undefined> {
  await using bytes = await file.access(signal);
  let metadata;
  try {
    metadata = await readMetadata(bytes);
  } catch (thrown) {
    if (thrown instanceof ClipError) throw thrown;
    return undefined;
  }
  chooseColumns(columnsOf(metadata).map(({ name }) => name), options, file.place);
  return metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
}

async function* parquetRows(
  file: ParquetFile,
  options: InputOptions,
  references: ImageReferences,
  pass: Pass,
  signal: AbortSignal,
): AsyncGenerator<InputRow> {
  await using bytes = await file.access(signal);
  const metadata = await readMetadata(bytes);
  const all = columnsOf(metadata);
  const columns = chooseColumns(all.map(({ name }) => name), options, file.place);
  const needed = all.filter(({ name, binary }) =>
    !binary || name === columns.image || name === columns.text
  );
  const images = { references, folder: file.folder, signal };
  let start = 0;
  for (const index of metadata.row_groups.keys()) {
    const group = new RowGroup(bytes, metadata, { index, start }, needed);
    for (let from = 0; from < group.rows;) {
      signal.throwIfAborted();
      let to = group.windowEnd(from);
      const wanted = keysOf(file.label, start + from, start + to, pass);
      if (wanted.every((key) => key === undefined)) {
        from = to;
        continue;
      }
      // Once the pages are known the window may be longer; a group that is broken says so below.
      await group.prepare().catch(() => {});
      const end = Math.max(to, group.windowEnd(from));
      wanted.push(...keysOf(file.label, start + to, start + end, pass));
      to = end;
      const rows = await readOrFail(group, from, to);
      for (const [i, key] of wanted.entries()) {
        if (key === undefined) continue;
        const place = `${file.place}:${start + from + i + 1}`;
        const row = rows instanceof Error ? rows : rows[i];
        if (row === undefined || row instanceof Error) {
          const why = row === undefined ? "its columns have fewer rows" : fileTrouble(row);
          yield { key, place, reason: `The row group cannot be read: ${why}` };
        } else {
          const values = needed.map(({ name }) => [name, row[name]] as const);
          yield tableRow({ key, place, values }, columns, images);
        }
      }
      from = to;
    }
    start += group.rows;
  }
}

/** The keys of rows; undefined for those that are not wanted. */
function keysOf(label: string, from: number, to: number, pass: Pass): (string | undefined)[] {
  return Array.from({ length: to - from }, (_, i) => {
    const key = `${label}:${from + i + 1}`;
    return pass(key) ? key : undefined;
  });
}

async function readOrFail(
  group: RowGroup,
  from: number,
  to: number,
): Promise<ParquetRow[] | Error> {
  try {
    await group.prepare();
    return await group.read(from, to);
  } catch (thrown) {
    if (thrown instanceof ClipError) throw thrown;
    // What hyparquet stumbles over says nothing to people.
    const isClear = thrown instanceof Error && thrown.name === "Error";
    return isClear ? thrown : new Error("its pages are damaged");
  }
}
