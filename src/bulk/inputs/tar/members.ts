/** Members of a tar file, out of bytes that come piece by piece. */
import { extract, type Header } from "tar-stream";
import { CHUNK_BYTES } from "../bounds.ts";

/** Who is told of the members, in their order. */
export interface MemberReader {
  /** A file begins. @returns whether its bytes are kept; else they are passed over. */
  begin(name: string, size: number): boolean;
  /** It is all there. @param bytes undefined if they were not kept. */
  end(bytes: Uint8Array | undefined): void;
  /** The tar file breaks off within the member that was begun last. */
  cut(): void;
}

const FILES: readonly Header["type"][] = ["file", "contiguous-file"];

/** Of tars older than POSIX's the sums are checked as well. */
const OPTIONS = { allowUnknownFormat: true, highWaterMark: CHUNK_BYTES };

/**
 * Tells the reader of all files; folders and links are passed over. Gives way after each piece.
 * @throws {Error} if the tar file is cut or damaged, when the reader knows all that came before.
 */
export async function* readMembers(
  chunks: AsyncIterable<Uint8Array>,
  reader: MemberReader,
): AsyncGenerator<void> {
  const tar = extract(OPTIONS);
  let fault: unknown;
  let isInside = false;
  let settle = () => {};
  tar.on("error", (error: unknown) => {
    fault ??= error;
    settle();
  });
  for (const event of ["drain", "finish", "close"]) tar.on(event, () => settle());
  tar.on("entry", (header, stream, next) => {
    const size = header.size ?? 0;
    const isFile = FILES.includes(header.type);
    isInside = isFile;
    const pieces = isFile && reader.begin(header.name, size) ? new Array<Uint8Array>() : undefined;
    if (pieces) stream.on("data", (piece) => pieces.push(piece as Uint8Array));
    // It fails with the tar file.
    stream.on("error", () => {});
    stream.on("end", () => {
      isInside = false;
      if (isFile) reader.end(pieces && joined(pieces, size));
      next();
    });
    stream.resume();
  });
  const settled = (act: () => boolean) =>
    new Promise<void>((resolve) => {
      settle = resolve;
      if (act() || fault !== undefined) resolve();
    });
  try {
    for await (const chunk of chunks) {
      await settled(() => tar.write(chunk));
      yield;
      if (fault !== undefined) break;
    }
    if (fault === undefined) {
      await settled(() => {
        tar.end(undefined);
        return false;
      });
    }
  } catch (thrown) {
    fault = thrown;
  } finally {
    tar.destroy();
  }
  if (fault === undefined) return;
  if (isInside) reader.cut();
  throw fault;
}

/** A copy of its own: a small file would keep a large piece in the memory. */
function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
