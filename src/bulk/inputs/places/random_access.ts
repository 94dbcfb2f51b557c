/** A file's bytes, wherever they are asked for. */
import type { AsyncBuffer } from "hyparquet";

/** A file as hyparquet reads it; `await using` closes it. */
export interface RandomAccess extends AsyncBuffer, AsyncDisposable {
  /** Some bytes. @throws {Error} for what is not in the file. */
  slice(start: number, end?: number): Promise<ArrayBuffer>;
}

/** @throws {Error} for what is not in a file of so many bytes. */
export function checkRange(start: number, end: number, byteLength: number): void {
  const inFile = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 &&
    start <= end && end <= byteLength;
  if (!inFile) throw new Error(`it names bytes ${start} to ${end} of ${byteLength}`);
}
