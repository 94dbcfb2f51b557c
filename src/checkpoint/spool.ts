/**
 * Decompression to a temporary file, in small steps, so that a gzipped checkpoint of gigabytes
 * costs disk and not memory. Synchronous, as everything below `openCheckpoint` is: zlib of `node:`
 * streams only asynchronously, hence fflate.
 */

import { Gunzip, Inflate } from "fflate";
import { type ByteSource, FileSource } from "./byte_source.ts";
import { refuse } from "./refuse.ts";

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

/** What is to be unpacked: a whole gzip file, or a raw deflate stream inside of another file. */
export interface SpoolRequest {
  readonly source: ByteSource;
  readonly offset: number;
  readonly length: number;
  readonly format: "gzip" | "deflate";
  /** Exact unpacked size if known, in bytes: more or less is an error. */
  readonly expected?: number;
}

/**
 * Unpacks into a temporary file in the system's folder for such and returns it open. It vanishes
 * with `close()`; where the system allows, its name is removed at once, so that even a killed
 * process leaves nothing behind.
 *
 * @throws {ClipError} on broken data, on a bomb, and when the disk is full
 */
export function spool(request: SpoolRequest): FileSource {
  const { source, offset, length, format, expected } = request;
  const limit = expected ?? unpackLimit(length);
  const path = Deno.makeTempFileSync({ prefix: "clipline-unpack-" });
  let file: Deno.FsFile | undefined;
  try {
    file = Deno.openSync(path, { read: true, write: true });
    const unlinked = Deno.build.os !== "windows";
    if (unlinked) Deno.removeSync(path);
    const written = inflateInto(file, source, offset, length, format, limit);
    if (expected !== undefined && written !== expected) {
      throw refuse(source.label, `a compressed part has ${written} bytes instead of ${expected}`);
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

function inflateInto(
  file: Deno.FsFile,
  source: ByteSource,
  offset: number,
  length: number,
  format: "gzip" | "deflate",
  limit: number,
): number {
  let written = 0;
  let ended = false;
  const write = (chunk: Uint8Array, final: boolean): void => {
    written += chunk.length;
    ended ||= final;
    if (written > limit) {
      throw refuse(
        source.label,
        `its ${length} compressed bytes unpack to more than ${limit} bytes: refused as a ` +
          "decompression bomb; unpack it by hand if it is genuine",
      );
    }
    writeAll(file, chunk, source.label);
  };
  const stream = format === "gzip" ? new Gunzip(write) : new Inflate(write);
  for (let done = 0; done < length; done += STEP_BYTES) {
    const step = source.read(offset + done, Math.min(STEP_BYTES, length - done));
    const last = done + step.length >= length;
    try {
      stream.push(step, last);
    } catch (error) {
      if (error instanceof Error && error.name === "ClipError") throw error;
      throw refuse(source.label, `its ${format} data is broken or cut off`, error);
    }
  }
  if (!ended) throw refuse(source.label, `its ${format} data is cut off`);
  return written;
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
