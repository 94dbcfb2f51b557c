/** A file with rows in it, or standard input. */
import type { PlacedFile } from "../places/place.ts";
import type { RandomAccess } from "../places/random_access.ts";
import { unpacked } from "./unpacked.ts";
import { ClipError } from "../../../errors.ts";

/** Where bytes come from. */
export interface InputFile {
  /** Its name in keys. */
  readonly label: string;
  /** Its name for people. */
  readonly place: string;
  /** The folder that relative paths in it start from: a path, or `s3://bucket/prefix`. */
  readonly folder: string;
  /** It is waited for, and so are the images that it names. */
  readonly distant: boolean;
  /** Bytes; 0 for standard input. */
  readonly size: number;
  /** Changes with the content, where the place of the file tells; else empty. */
  readonly version: string;
  /** Opens it for reading anywhere in it; undefined for standard input, which is read once. */
  access?(signal: AbortSignal): Promise<RandomAccess>;
  /** Bytes that have been read of it, as they lie there; undefined for standard input. */
  read?(): number;
  /**
   * Its bytes, of a gzip file what is packed in it.
   * @throws what the system says; {ClipError} "config" when standard input is read again.
   */
  bytes(signal: AbortSignal): AsyncGenerator<Uint8Array>;
}

/** A file on the disk or in a bucket. */
export function inputFile(
  names: Pick<InputFile, "label" | "place" | "folder" | "distant">,
  file: PlacedFile,
): InputFile {
  let read = 0;
  const counted = async function* (signal: AbortSignal) {
    read = 0;
    for await (const chunk of file.chunks(signal)) {
      read += chunk.length;
      yield chunk;
    }
  };
  return {
    ...names,
    size: file.size,
    version: file.version,
    access: (signal) => file.access(signal),
    read: () => read,
    bytes: (signal) => unpacked(() => counted(signal)),
  };
}

/** Standard input: it is read once. */
export function standardInput(stream: ReadableStream<Uint8Array>): InputFile {
  let read = false;
  return {
    label: "stdin",
    place: "standard input",
    folder: Deno.cwd(),
    distant: false,
    size: 0,
    version: "",
    bytes(signal) {
      if (read) {
        throw new ClipError("config", "Standard input can be read once only: use a file to go on");
      }
      read = true;
      return unpacked(() => streamChunks(stream, signal));
    },
  };
}

async function* streamChunks(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  const cancel = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", cancel, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) return;
      if (value.length > 0) yield value;
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    cancel();
  }
}
