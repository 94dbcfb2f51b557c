/** Files that are written once, whole, and known by size and checksum: CRC-32, as zlib has it. */
import { crc32 } from "node:zlib";

/** How much is read or written at a time. */
const PIECE_BYTES = 1 << 22;

/** What tells a file from any other, or from a part of it. */
export interface FileSeal {
  file: string;
  bytes: number;
  crc32: number;
}

/** Writes a file from its beginning to its end. Everything throws what the system throws. */
export class SealedWriter {
  readonly #file: Deno.FsFile;
  #bytes = 0;
  #crc = 0;

  constructor(path: string) {
    this.#file = Deno.openSync(path, { write: true, create: true, truncate: true });
  }

  write(view: ArrayBufferView<ArrayBuffer>): void {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const piece = bytes.subarray(at, at + PIECE_BYTES);
      for (let done = 0; done < piece.length;) done += this.#file.writeSync(piece.subarray(done));
      this.#crc = crc32(piece, this.#crc);
    }
    this.#bytes += bytes.length;
  }

  /** Brings it onto the disk. @param file the name it will have. */
  seal(file: string): FileSeal {
    this.#file.syncSync();
    return { file, bytes: this.#bytes, crc32: this.#crc };
  }

  close(): void {
    this.#file.close();
  }
}

/** Brings onto the disk what another library wrote, and seals it. */
export function sealFile(path: string, file: string): FileSeal {
  const opened = Deno.openSync(path, { read: true, write: true });
  try {
    opened.syncSync();
    return { file, ...readWhole(opened) };
  } finally {
    opened.close();
  }
}

/** Whether the file is as it was sealed. */
export function isSealed(path: string, seal: FileSeal): boolean {
  try {
    if (Deno.statSync(path).size !== seal.bytes) return false;
    const opened = Deno.openSync(path);
    try {
      const found = readWhole(opened);
      return found.bytes === seal.bytes && found.crc32 === seal.crc32;
    } finally {
      opened.close();
    }
  } catch {
    return false;
  }
}

/** Fills a view from a file. @returns whether there was enough. */
export function readInto(file: Deno.FsFile, view: ArrayBufferView<ArrayBuffer>): boolean {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  for (let at = 0; at < bytes.length;) {
    const count = file.readSync(bytes.subarray(at, at + PIECE_BYTES));
    if (count === null) return false;
    at += count;
  }
  return true;
}

function readWhole(file: Deno.FsFile): { bytes: number; crc32: number } {
  const piece = new Uint8Array(PIECE_BYTES);
  let [bytes, crc] = [0, 0];
  for (let count = file.readSync(piece); count !== null; count = file.readSync(piece)) {
    crc = crc32(piece.subarray(0, count), crc);
    bytes += count;
  }
  return { bytes, crc32: crc };
}

/** Brings the names in a folder onto the disk; where folders have no such thing, nothing is done. */
export function syncFolder(folder: string): void {
  try {
    const opened = Deno.openSync(folder);
    try {
      opened.syncSync();
    } finally {
      opened.close();
    }
  } catch {
    // Windows: a rename is enough there.
  }
}
