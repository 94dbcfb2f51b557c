/** Lines out of bytes that come piece by piece. */

/** A line that cannot be read, and why. */
export class LineFault {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** A line without its end (LF or CR LF), or why it is none. */
export type Line = string | LineFault;

const NEWLINE = 0x0a;
const BOM = "\ufeff";

/**
 * All lines of UTF-8 text, those of a piece at a time; the last one may lack its end. A mark of UTF-8
 * at the beginning is no part of the first. What is kept is no more than a line of `maxBytes`.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Line[]> {
  const start = new LineStart(maxBytes);
  let first = true;
  for await (const chunk of chunks) {
    const last = chunk.lastIndexOf(NEWLINE);
    if (last < 0) {
      start.append(chunk);
      continue;
    }
    const lines: Line[] = [];
    let at = 0;
    if (start.begun) {
      at = chunk.indexOf(NEWLINE) + 1;
      start.append(chunk.subarray(0, at - 1));
      lines.push(start.take());
    }
    if (at <= last) splitInto(lines, chunk.subarray(at, last), maxBytes);
    start.append(chunk.subarray(last + 1));
    if (first) withoutBom(lines);
    first = false;
    yield lines;
  }
  if (!start.begun) return;
  const lines = [start.take()];
  if (first) withoutBom(lines);
  yield lines;
}

/** A line whose end has not come yet. */
class LineStart {
  readonly #maxBytes: number;
  #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get begun(): boolean {
    return this.#length > 0;
  }

  append(piece: Uint8Array): void {
    this.#length += piece.length;
    // Of a line that is too long nothing is kept.
    if (this.#length > this.#maxBytes) this.#pieces = [];
    else if (piece.length > 0) this.#pieces.push(piece);
  }

  take(): Line {
    const length = this.#length;
    const pieces = this.#pieces;
    this.#length = 0;
    this.#pieces = [];
    if (length > this.#maxBytes) return tooLong(this.#maxBytes);
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return decodeLine(bytes, this.#maxBytes);
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes of whole lines, without the last one's end. */
function splitInto(lines: Line[], bytes: Uint8Array, maxBytes: number): void {
  let text: string | undefined;
  try {
    // All at once is ten times as fast as one by one.
    if (bytes.length <= maxBytes) text = UTF8.decode(bytes);
  } catch {
    // One of them is no UTF-8: below is found which.
  }
  if (text !== undefined) {
    for (const line of text.split("\n")) lines.push(withoutReturn(line));
    return;
  }
  for (let at = 0; at <= bytes.length;) {
    const found = bytes.indexOf(NEWLINE, at);
    const end = found < 0 ? bytes.length : found;
    lines.push(decodeLine(bytes.subarray(at, end), maxBytes));
    at = end + 1;
  }
}

function decodeLine(bytes: Uint8Array, maxBytes: number): Line {
  if (bytes.length > maxBytes) return tooLong(maxBytes);
  try {
    return withoutReturn(UTF8.decode(bytes));
  } catch {
    return new LineFault("it is not UTF-8");
  }
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

function withoutBom(lines: Line[]): void {
  const [line] = lines;
  if (typeof line === "string" && line.startsWith(BOM)) lines[0] = line.slice(BOM.length);
}

function tooLong(maxBytes: number): LineFault {
  return new LineFault(`it is longer than ${maxBytes} bytes`);
}
