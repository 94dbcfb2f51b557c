/** Records of CSV, out of bytes that come piece by piece. */
import { Parser } from "csv-parse";
import { MAX_ROW_BYTES } from "../bounds.ts";

/** A record. */
export interface CsvRecord {
  fields: string[];
  /** The line on which it begins, from 1. */
  line: number;
  /** There are bytes in it, or were in the file before, that are not UTF-8. */
  suspect: boolean;
}

/**
 * All records, those of a piece at a time. Lines may end with LF, CR LF or CR; fields may be quoted,
 * with line ends in them.
 * @param delimiter what stands between fields.
 * @throws {Error} for a quote that is never closed, and a record beyond `MAX_ROW_BYTES`; what came
 * before has been given.
 */
export async function* readCsv(
  chunks: AsyncIterable<Uint8Array>,
  delimiter: string,
): AsyncGenerator<CsvRecord[]> {
  let ready: CsvRecord[] = [];
  let line = 1;
  let suspect = false;
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  const parser = new Parser({
    delimiter,
    bom: true,
    relax_quotes: true,
    relax_column_count: true,
    max_record_size: MAX_ROW_BYTES,
    record_delimiter: ["\r\n", "\n", "\r"],
    // Records are taken here: a stream that fails forgets those that nobody has read.
    on_record(fields: string[]) {
      ready.push({ fields, line, suspect });
      line += 1 + lineEnds(fields);
      return null;
    },
  });
  parser.on("error", () => {});
  const give = (act: (done: (error?: Error | null) => void) => void) =>
    new Promise<Error | undefined>((resolve) => act((error) => resolve(error ?? undefined)));
  const take = () => {
    const records = ready;
    ready = [];
    return records;
  };
  try {
    for await (const chunk of chunks) {
      suspect ||= !isUtf8(utf8, chunk);
      const error = await give((done) => parser.write(chunk, done));
      yield take();
      if (error !== undefined) throw inWords(error);
    }
    const error = await give((done) => {
      parser.once("error", done);
      parser.end(done);
    });
    yield take();
    if (error !== undefined) throw inWords(error);
  } finally {
    parser.destroy();
  }
}

/** Line ends within fields. */
function lineEnds(fields: readonly string[]): number {
  let count = 0;
  for (const field of fields) {
    for (let at = field.indexOf("\n"); at >= 0; at = field.indexOf("\n", at + 1)) count++;
  }
  return count;
}

function isUtf8(decoder: TextDecoder, chunk: Uint8Array): boolean {
  try {
    decoder.decode(chunk, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function inWords(error: Error): Error {
  const code = (error as { code?: string }).code;
  const line = (error as { lines?: number }).lines;
  const at = line === undefined ? "" : ` (line ${line})`;
  switch (code) {
    case "CSV_QUOTE_NOT_CLOSED":
      return new Error(`a quote is opened and never closed${at}`);
    case "CSV_MAX_RECORD_SIZE":
      return new Error(`a row is larger than ${MAX_ROW_BYTES} bytes; is a quote not closed?${at}`);
  }
  return error;
}
