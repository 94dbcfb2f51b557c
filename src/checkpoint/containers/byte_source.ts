/**
 * Files read by range. A checkpoint of gigabytes is never held whole: readers ask for the header,
 * then for one tensor at a time.
 */

import { fileTrouble } from "../../file_trouble.ts";
import { refuse } from "../refuse.ts";

/** Random access to immutable bytes. Offsets and lengths in bytes. */
export interface ByteSource {
  /** For messages: the path that the user gave. */
  readonly label: string;
  readonly size: number;
  /**
   * Reads exactly `length` bytes at `offset` into a new buffer (aligned to 8).
   *
   * @throws {ClipError} if the range is not inside the source, or the file changed under the reader
   */
  read(offset: number, length: number): Uint8Array<ArrayBuffer>;
  close(): void;
}

/** Throws unless `[offset, offset + length)` lies inside `size` bytes. */
export function checkRange(source: ByteSource, offset: number, length: number, what = ""): void {
  const valid = Number.isSafeInteger(offset) && Number.isSafeInteger(length) &&
    offset >= 0 && length >= 0 && offset + length <= source.size;
  if (!valid) {
    throw refuse(
      source.label,
      `${
        what === "" ? "a part" : what
      } should be ${length} bytes at offset ${offset}, but the file ` +
        `has ${source.size} bytes: it is cut off or its offsets are wrong`,
    );
  }
}

/** A file on disk, opened once and read by seeking. */
export class FileSource implements ByteSource {
  readonly label: string;
  readonly size: number;
  readonly #modified: number | undefined;
  #file: Deno.FsFile | undefined;
  readonly #removeOnClose: string | undefined;

  /**
   * @param file open for reading; owned from here on
   * @param label for messages
   * @param removeOnClose a temporary file that goes when this closes
   */
  constructor(file: Deno.FsFile, label: string, removeOnClose?: string) {
    const stat = file.statSync();
    this.#file = file;
    this.label = label;
    this.size = stat.size;
    this.#modified = stat.mtime?.getTime();
    this.#removeOnClose = removeOnClose;
  }

  /** Opens `path`. @throws {ClipError} if it cannot be opened or is no regular file */
  static open(path: string): FileSource {
    let file: Deno.FsFile;
    try {
      file = Deno.openSync(path, { read: true });
    } catch (error) {
      throw refuse(path, fileTrouble(error), error);
    }
    try {
      if (!file.statSync().isFile) throw refuse(path, "it is not a regular file");
      return new FileSource(file, path);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const file = this.#file;
    if (file === undefined) throw refuse(this.label, "it was closed before all of it was read");
    checkRange(this, offset, length);
    // A file that is being written while we read gives a mixture of two models without a word.
    const now = file.statSync();
    if (now.size !== this.size || now.mtime?.getTime() !== this.#modified) {
      throw refuse(
        this.label,
        `it changed while it was being read (${this.size} bytes when opened, ${now.size} now): ` +
          "start again when it is complete",
      );
    }
    const bytes = new Uint8Array(length);
    file.seekSync(offset, Deno.SeekMode.Start);
    let filled = 0;
    while (filled < length) {
      const count = file.readSync(bytes.subarray(filled));
      if (count === null || count === 0) {
        throw refuse(this.label, `it ended at byte ${offset + filled} of ${this.size} while read`);
      }
      filled += count;
    }
    return bytes;
  }

  close(): void {
    if (this.#file === undefined) return;
    this.#file.close();
    this.#file = undefined;
    if (this.#removeOnClose !== undefined) Deno.removeSync(this.#removeOnClose);
  }
}

/** Bytes already in memory. */
export class MemorySource implements ByteSource {
  readonly label: string;
  readonly size: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, label: string) {
    this.#bytes = bytes;
    this.label = label;
    this.size = bytes.length;
  }

  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    checkRange(this, offset, length);
    // Not slice(): that of a Node Buffer shares its memory, at any alignment.
    const bytes = new Uint8Array(length);
    bytes.set(this.#bytes.subarray(offset, offset + length));
    return bytes;
  }

  close(): void {}
}
