/** A file whose bytes are sent to a store. */
import { StoreError } from "../object_store.ts";
import { fileTrouble } from "../../file_trouble.ts";
import type { Content } from "./writing.ts";

/**
 * Opens a file; its length is that of now. Disposing of it closes it.
 * @throws {StoreError} "refused" if it cannot be read, or becomes shorter.
 */
export async function fileContent(path: string): Promise<Content & AsyncDisposable> {
  let file: Deno.FsFile;
  let bytes: number;
  try {
    file = await Deno.open(path, { read: true });
    bytes = (await file.stat()).size;
  } catch (thrown) {
    throw new StoreError("refused", `Cannot read '${path}'`, fileTrouble(thrown));
  }
  // A file has one place: reads come one after the other.
  let last: Promise<unknown> = Promise.resolve();
  return {
    bytes,
    read(start, end) {
      const piece = last.then(() => readPiece(file, path, start, end));
      last = piece.catch(() => {});
      return piece;
    },
    async [Symbol.asyncDispose]() {
      await last;
      file.close();
    },
  };
}

async function readPiece(
  file: Deno.FsFile,
  path: string,
  start: number,
  end: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const piece = new Uint8Array(end - start);
  try {
    await file.seek(start, Deno.SeekMode.Start);
    for (let at = 0; at < piece.length;) {
      const read = await file.read(piece.subarray(at));
      if (read === null) throw new Error("it became shorter while it was sent");
      at += read;
    }
  } catch (thrown) {
    throw new StoreError("refused", `Cannot read '${path}'`, fileTrouble(thrown));
  }
  return piece;
}
