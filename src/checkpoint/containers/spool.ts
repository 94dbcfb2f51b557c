/**
 * Decompression to a temporary file, in small steps, so that a gzipped checkpoint of gigabytes
 * costs disk and not memory. Synchronous, as everything below `openCheckpoint` is: zlib of `node:`
 * streams only asynchronously, hence fflate.
 */

import { tmpdir } from "node:os";
import { crc32 } from "node:zlib";
import { Gunzip, Inflate } from "fflate";
import { ClipError } from "../../errors.ts";
import { fileTrouble } from "../../file_trouble.ts";
import { type ByteSource, FileSource } from "./byte_source.ts";
import { refuse } from "../refuse.ts";

/** Compressed bytes per step; one step can inflate to at most 1032 times as much. */
const STEP_BYTES = 64 * 1024;
/** No published CLIP is larger. */
const MAX_UNPACKED_BYTES = 32 * 2 ** 30;
/** Weights do not compress; even a file of zeros in a test stays under this floor. */
const FREE_UNPACKED_BYTES = 256 * 2 ** 20;
const MAX_RATIO = 64;

/** The most that `compressed` bytes may unpack to before they count as a bomb. In bytes. */
export function unpackLimit(compressed: number): number {
  return Math.min(MAX_UNPACKED_BYTES, Math.max(FREE_UNPACKED_BYTES, compressed * MAX_RATIO));
}

/** Size in bytes and CRC-32 of unpacked data. */
export interface Checksum {
  readonly size: number;
  readonly crc: number;
}

/** What is to be unpacked: a whole gzip file, or a raw deflate stream inside of another file. */
export interface SpoolRequest {
  readonly source: ByteSource;
  readonly offset: number;
  readonly length: number;
  readonly format: "gzip" | "deflate";
  /** What must come out, if known from elsewhere (gzip says it at its end): size in bytes, CRC-32. */
  readonly expected?: Checksum;
  /** Where the temporary file goes, if not into the system's folder for such. */
  readonly folder?: string;
}

function temporaryFile(folder: string | undefined): string {
  try {
    return Deno.makeTempFileSync({
      prefix: "clipline-unpack-",
      ...(folder === undefined ? {} : { dir: folder }),
    });
  } catch (cause) {
    const variable = Deno.build.os === "windows" ? "TEMP" : "TMPDIR";
    throw new ClipError(
      "backend",
      `Cannot write to the folder for temporary files "${folder ?? tmpdir()}": ` +
        `${
          fileTrouble(cause)
        }. Set ${variable} to a folder that can be written to, or unpack the ` +
        "model's files by hand",
      { cause },
    );
  }
}

/**
 * Unpacks into a temporary file in the system's folder for such and returns it open. It vanishes
 * with `close()`; where the system allows, its name is removed at once, so that even a killed
 * process leaves nothing behind.
 *
 * @throws {ClipError} on broken data, on a bomb, and when the disk is full
 */
export function spool(request: SpoolRequest): FileSource {
  const { source } = request;
  const path = temporaryFile(request.folder);
  let file: Deno.FsFile | undefined;
  try {
    file = Deno.openSync(path, { read: true, write: true });
    const unlinked = Deno.build.os !== "windows";
    if (unlinked) Deno.removeSync(path);
    const found = inflateInto(file, request);
    const wanted = request.expected ?? gzipTrailer(request);
    if (found.crc !== wanted.crc || found.size % 2 ** 32 !== wanted.size % 2 ** 32) {
      throw refuse(
        source.label,
        `its ${request.format} data is damaged or cut off: it unpacks to ${found.size} bytes with ` +
          `checksum ${found.crc}, wanted ${wanted.size} bytes with ${wanted.crc}`,
      );
    }
    return new FileSource(file, source.label, unlinked ? undefined : path);
  } catch (error) {
    file?.close();
    try {
      Deno.removeSync(path);
    } catch {
      // Already unlinked above.
    }
    throw error;
  }
}

/** Unpacks step by step; the checksum is that of a gzip file's last member. */
function inflateInto(file: Deno.FsFile, request: SpoolRequest): Checksum {
  const { source, offset, length, format, expected } = request;
  const limit = expected?.size ?? unpackLimit(length);
  let written = 0;
  let memberStart = 0;
  let crc = 0;
  const write = (chunk: Uint8Array): void => {
    written += chunk.length;
    if (written > limit) {
      throw refuse(
        source.label,
        `its ${length} compressed bytes unpack to more than ${limit} bytes: refused as a ` +
          "decompression bomb; unpack it by hand if it is genuine",
      );
    }
    crc = crc32(chunk, crc);
    writeAll(file, chunk, source.label);
  };
  let stream: Gunzip | Inflate;
  if (format === "gzip") {
    const gunzip = new Gunzip(write);
    gunzip.onmember = () => {
      memberStart = written;
      crc = 0;
    };
    stream = gunzip;
  } else {
    stream = new Inflate(write);
  }
  for (let done = 0; done < length; done += STEP_BYTES) {
    const step = source.read(offset + done, Math.min(STEP_BYTES, length - done));
    try {
      stream.push(step, done + step.length >= length);
    } catch (error) {
      if (error instanceof ClipError) throw error;
      throw refuse(source.label, `its ${format} data is damaged or cut off`, error);
    }
  }
  return { size: written - memberStart, crc };
}

/** A gzip file ends with the CRC-32 and the size modulo 2^32 of its last member (RFC 1952). */
function gzipTrailer({ source, offset, length }: SpoolRequest): Checksum {
  const trailer = new DataView(source.read(offset + length - 8, 8).buffer);
  return { crc: trailer.getUint32(0, true), size: trailer.getUint32(4, true) };
}

function writeAll(file: Deno.FsFile, chunk: Uint8Array, label: string): void {
  let done = 0;
  try {
    while (done < chunk.length) done += file.writeSync(chunk.subarray(done));
  } catch (error) {
    throw refuse(
      label,
      `it could not be unpacked to the temporary folder (${
        error instanceof Error ? error.message : error
      }): free some space or point TMPDIR elsewhere`,
      error,
    );
  }
}
