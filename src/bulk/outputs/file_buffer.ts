/** A file as hyparquet reads it. */
import type { AsyncBuffer } from "hyparquet";

/** Reads pieces of an open file, one at a time. */
export function fileBuffer(file: Deno.FsFile, byteLength: number): AsyncBuffer {
  let last: Promise<unknown> = Promise.resolve();
  return {
    byteLength,
    slice(start, end = byteLength) {
      const piece = last.then(() => readPiece(file, start, end));
      last = piece.catch(() => {});
      return piece;
    },
  };
}

async function readPiece(file: Deno.FsFile, start: number, end: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(end - start);
  await file.seek(start, Deno.SeekMode.Start);
  for (let at = 0; at < bytes.length;) {
    const read = await file.read(bytes.subarray(at));
    if (read === null) throw new Error("the file ends too early");
    at += read;
  }
  return bytes.buffer;
}
