/** What a file is read as: by its ending, or by its first bytes. */
import { ClipError } from "../../../errors.ts";
import { fileTrouble } from "../../../file_trouble.ts";
import { sniffFormat } from "../../../model/image/header.ts";
import type { InputFormat } from "../options.ts";
import type { PlacedFile } from "../places/place.ts";
import { CHUNK_BYTES } from "../bounds.ts";
import { isGzip, unpacked } from "./unpacked.ts";

const BY_ENDING: Readonly<Record<string, InputFormat>> = {
  jpg: "images",
  jpeg: "images",
  jpe: "images",
  jfif: "images",
  png: "images",
  webp: "images",
  gif: "images",
  bmp: "images",
  dib: "images",
  tif: "images",
  tiff: "images",
  avif: "images",
  jp2: "images",
  j2k: "images",
  jpx: "images",
  pbm: "images",
  pgm: "images",
  ppm: "images",
  txt: "text",
  csv: "csv",
  tsv: "tsv",
  tab: "tsv",
  jsonl: "jsonl",
  ndjson: "jsonl",
  parquet: "parquet",
  pq: "parquet",
  tar: "tar",
  tgz: "tar",
};

/** Where the format of POSIX's tar says that it is one. */
const USTAR_AT = 257;
const TEXT_SAMPLE = 4096;

/** A name's last ending in small letters, without `.gz`; empty if it has none. */
export function endingOf(name: string): string {
  const plain = name.toLowerCase().replace(/\.gz$/, "");
  return /[^/.][^/]*\.([^./]+)$/.exec(plain)?.[1] ?? "";
}

/** What a file's ending says; undefined for an unknown one. */
export function formatByEnding(name: string): InputFormat | undefined {
  const ending = endingOf(name);
  const format = Object.hasOwn(BY_ENDING, ending) ? BY_ENDING[ending] : undefined;
  // An image that is packed once more is not told from its name.
  return /\.gz$/i.test(name) && (format === "images" || format === "parquet") ? undefined : format;
}

/** Whether the first bytes are those of an image file. */
export function isImage(head: Uint8Array): boolean {
  try {
    sniffFormat(head);
    return true;
  } catch {
    return false;
  }
}

/**
 * What a file's content says.
 * @param path its name for people.
 * @throws {ClipError} "config" if it cannot be read, or is none of what is read.
 */
export async function formatByContent(
  file: PlacedFile,
  path: string,
  signal: AbortSignal,
): Promise<InputFormat> {
  try {
    const packed = await headOf(file, signal);
    const head = isGzip(packed)
      ? await firstBytes(unpacked(() => file.chunks(signal, CHUNK_BYTES)))
      : packed;
    const format = sniff(head);
    if (format !== undefined) return format;
  } catch (thrown) {
    if (thrown instanceof ClipError) throw thrown;
    throw new ClipError("config", `Cannot read '${path}': ${fileTrouble(thrown)}`);
  }
  throw new ClipError(
    "config",
    `'${path}' is none of what is read: images, text, CSV, TSV, JSONL, Parquet, tar; ` +
      "if it is one of them, say so with --input-format",
  );
}

/** The first bytes of a file, as many as formats are told by. @throws as `PlacedFile.chunks`. */
export function headOf(file: PlacedFile, signal: AbortSignal): Promise<Uint8Array> {
  return firstBytes(file.chunks(signal, CHUNK_BYTES));
}

async function firstBytes(chunks: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  try {
    const first = await chunks.next();
    return first.done ? new Uint8Array(0) : first.value;
  } finally {
    await chunks.return(undefined);
  }
}

function sniff(head: Uint8Array): InputFormat | undefined {
  if (isImage(head)) return "images";
  const latin1 = new TextDecoder("latin1").decode(head.subarray(0, TEXT_SAMPLE));
  if (latin1.startsWith("PAR1")) return "parquet";
  if (latin1.startsWith("ustar", USTAR_AT)) return "tar";
  // UTF-16 is let through: who reads the text says what it is.
  if (latin1.includes("\0") && !/^(\xff\xfe|\xfe\xff)/.test(latin1)) return undefined;
  return /^(\xef\xbb\xbf)?\s*\{/.test(latin1) ? "jsonl" : "text";
}
