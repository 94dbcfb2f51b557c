/** Text files: a line each. */
import type { InputRow } from "../row.ts";
import { MAX_LINE_BYTES } from "./bounds.ts";
import type { InputFile } from "./files/input_file.ts";
import { textBytes } from "./files/text_bytes.ts";
import { LineFault, readLines } from "./files/lines.ts";
import { type Pass, type Source, sourceOfFile } from "./source.ts";

/** A text file. Empty lines are no rows, but are counted: a key is the number of its line. */
export function textSource(file: InputFile): Source {
  return sourceOfFile(file, {
    format: "text",
    rows: (pass, signal) => textRows(file, pass, signal),
  });
}

async function* textRows(
  file: InputFile,
  pass: Pass,
  signal: AbortSignal,
): AsyncGenerator<InputRow> {
  let number = 0;
  for await (const lines of readLines(textBytes(file, signal), MAX_LINE_BYTES)) {
    for (const line of lines) {
      number++;
      const isFault = line instanceof LineFault;
      if (!isFault && line.trim() === "") continue;
      const key = `${file.label}:${number}`;
      if (!pass(key)) continue;
      const place = `${file.place}:${number}`;
      if (isFault) yield { key, place, reason: `The line cannot be read: ${line.reason}` };
      else yield { key, place, text: line, metadata: {} };
    }
  }
}
