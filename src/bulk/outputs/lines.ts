/** The lines of a file, some at a time. */

/** A line, without its end. */
export type Line = string;

const READ_BYTES = 1 << 18;

/** Lines that are long are fewer at a time: UTF-16 units of all. */
const MOST_UNITS = 8 << 20;

/** Reads a file's lines, up to `size` at a time. Every line ends in `\n`. */
export async function* readLines(path: string, size: number): AsyncGenerator<Line[]> {
  using file = await Deno.open(path);
  const buffer = new Uint8Array(READ_BYTES);
  const decoder = new TextDecoder();
  let rest = "";
  let lines: Line[] = [];
  let units = 0;
  for (let read; (read = await file.read(buffer)) !== null;) {
    const pieces = (rest + decoder.decode(buffer.subarray(0, read), { stream: true })).split("\n");
    rest = pieces.pop()!;
    for (const line of pieces) {
      lines.push(line);
      units += line.length;
      if (lines.length < size && units < MOST_UNITS) continue;
      yield lines;
      lines = [];
      units = 0;
    }
  }
  if (lines.length > 0) yield lines;
}
