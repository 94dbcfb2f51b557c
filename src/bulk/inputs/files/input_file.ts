/** A file with rows in it, or standard input. */
import { readChunks } from "./chunks.ts";
import { unpacked } from "./unpacked.ts";
import { ClipError } from "../../../errors.ts";

/** Where bytes come from. */
export interface InputFile {
  /** Its name in keys. */
  readonly label: string;
  /** Its name for people. */
  readonly place: string;
  /** Its path; undefined for standard input. */
  readonly path: string | undefined;
  /** The folder that relative paths in it start from. */
  readonly folder: string;
  /** Bytes; 0 for standard input. */
  readonly size: number;
  /** Bytes that have been read of it, as they lie on the disk; undefined for standard input. */
  read?(): number;
  /**
   * Its bytes, of a gzip file what is packed in it.
   * @throws what the system says; {ClipError} "config" when standard input is read again.
   */
  bytes(signal: AbortSignal): AsyncGenerator<Uint8Array>;
}

/** A file on the disk. */
export function fileOnDisk(
  file: { label: string; place: string; path: string; folder: string; size: number },
): InputFile {
  let read = 0;
  const counted = async function* (signal: AbortSignal) {
    read = 0;
    for await (const chunk of readChunks(file.path, signal)) {
      read += chunk.length;
      yield chunk;
    }
  };
  return { ...file, read: () => read, bytes: (signal) => unpacked(() => counted(signal)) };
}

/** Standard input: it is read once. */
export function standardInput(stream: ReadableStream<Uint8Array>): InputFile {
  let read = false;
  return {
    label: "stdin",
    place: "standard input",
    path: undefined,
    folder: Deno.cwd(),
    size: 0,
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
